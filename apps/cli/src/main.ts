/** The operator's hands: `npm run cli -- <command>`. */
import 'reflect-metadata';
import { EX_CONFIG, InvalidConfigurationError } from '@platform/config';
import { Command } from 'commander';
import { explainCommand } from './explain.command';
import { addImportCommand } from './import.command';
import { migrateCommand } from './migrate.command';
import { reindexCommand } from './reindex.command';
import { seedCommand } from './seed.command';
import { listEventsCommand, parseState, replayEventsCommand, showEventCommand } from './webhook.command';
import { parseTime, syncCommand } from './sync.command';
import { wholeNumber } from './whole-number';
import { workCommand } from './work.command';

const program = new Command('farmlokal').description('Works on the catalogue: its schema, its data');

program
  .command('migrate')
  .description('bring the database schema up to date')
  .option('--revert', 'take the last migration back instead')
  .action(migrateCommand);

addImportCommand(program);

program
  .command('seed')
  .description('fill the catalogue with demo products, the same every time')
  .requiredOption('--rows <n>', 'how many there should be', wholeNumber(1, 100_000_000))
  .action(seedCommand);

program
  .command('explain')
  .description('show how GET /products reads a list: every way to it, with its cost, statements and plans')
  .argument('<query string>', 'such as search=tomato&sort=price')
  .action(explainCommand);

program
  .command('reindex')
  .description('rebuild the search index while the catalogue is in use; an interrupted rebuild is resumed')
  .option('--restart', 'rebuild from the first block instead of resuming')
  .action(reindexCommand);

program
  .command('sync')
  .description(
    'bring what has changed at the partner into the catalogue; interrupted or killed, it goes on where it was',
  )
  .option(
    '--since <time>',
    'changes from then on, such as 2026-11-01, besides; else those since the last run',
    parseTime,
  )
  .addHelpText(
    'after',
    '\nExit code: 0 all stored, 3 some products rejected, 4 another process is at it, 1 failed, 130 interrupted.',
  )
  .action(syncCommand);

program
  .command('work')
  .description('apply accepted events, beside the replicas or instead of them, until it is told to end')
  .action(workCommand);

const webhook = program.command('webhook').description('look at accepted events, and put dead ones back');

webhook
  .command('list')
  .description('show events, the latest first')
  .option('--state <state>', 'received, retry, done, skipped or dead', parseState)
  .option('--limit <n>', 'how many at most', wholeNumber(1, 10_000), 50)
  .action(listEventsCommand);

webhook
  .command('show')
  .description('show all that is known of an event')
  .argument('<id>', 'its x-event-id')
  .action(showEventCommand);

webhook
  .command('replay')
  .description('put dead events back, to be applied once more; exit code 3 when some are not dead')
  .argument('<ids...>', 'their x-event-id')
  .action(replayEventsCommand);

process.stdout.on('error', () => undefined); // whoever read the output has gone; the work goes on
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof InvalidConfigurationError ? EX_CONFIG : 1;
});
