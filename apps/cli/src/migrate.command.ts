import { migrate, revertLastMigration } from '@platform/database';
import { DataSource } from 'typeorm';
import { inSession } from './session';

export async function migrateCommand({ revert }: { revert?: true }): Promise<void> {
  await inSession(async ({ app }) => {
    const dataSource = app.get(DataSource);
    if (revert) {
      const isReverted = await revertLastMigration(dataSource);
      process.stdout.write(isReverted ? 'The last migration was reverted.\n' : 'There is no migration to revert.\n');
      return;
    }
    const ran = await migrate(dataSource);
    process.stdout.write(ran.length === 0 ? 'The schema is up to date.\n' : `Done: ${ran.join(', ')}\n`);
  });
}
