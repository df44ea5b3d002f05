/** The service does not start if the server rejects one of its session settings. */
import { DatabaseOpening } from '@platform/database';
import { createApp } from '../../apps/api/src/app';
import type * as policy from '../../libs/platform/database/src/connection/session-settings.policy';
import { testConfig } from '../support/catalogue';
import { createMysql, type TestDatabase } from '../support/databases';

jest.mock('../../libs/platform/database/src/connection/session-settings.policy', () => {
  const actual = jest.requireActual<typeof policy>(
    '../../libs/platform/database/src/connection/session-settings.policy',
  );
  return { ...actual, SESSION_SETTINGS: { ...actual.SESSION_SETTINGS, no_such_setting: 'ON' } };
});

describe('session setting', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createMysql();
  });
  afterAll(() => database.drop());

  it('session setting: the start fails with an error that names the setting that the server rejects', async () => {
    const app = await createApp(testConfig(database.config, {}));
    try {
      const opening = app.get(DatabaseOpening).open();
      await expect(opening).rejects.toMatchObject({
        name: 'SessionSettingError',
        message: `the database server does not accept a session setting: Unknown system variable 'no_such_setting'`,
      });
    } finally {
      await app.close();
    }
  });
});
