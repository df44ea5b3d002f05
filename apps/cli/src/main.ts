/** Operator commands: `npm run cli -- <command>`. */
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

const program = new Command('farmlokal').description('Operator commands of the FarmLokal catalogue');

program
  .command('migrate')
  .description('apply pending database migrations')
  .option('--revert', 'revert the last migration instead')
  .action(migrateCommand);

addImportCommand(program);

program
  .command('seed')
  .description('fill the catalogue with demo products, identical on every run')
  .requiredOption(
    '--rows <n>',
    'number of demo products that the catalogue has afterwards',
    wholeNumber(1, 100_000_000),
  )
  .action(seedCommand);

program
  .command('explain')
  .description('show how GET /products reads a list: every access path with its cost, statements and query plans')
  .argument('<query string>', 'query of the list, such as search=tomato&sort=price')
  .action(explainCommand);

program
  .command('reindex')
  .description('rebuild the search index while the catalogue is in use; an interrupted rebuild is resumed')
  .option('--restart', 'rebuild from the first block instead of resuming')
  .action(reindexCommand);

program
  .command('sync')
  .description('apply changes of the partner’s products to the catalogue; an interrupted run is resumed')
  .option(
    '--since <time>',
    'apply changes since this time, such as 2026-11-01, and keep the saved position (default: since the last run)',
    parseTime,
  )
  .addHelpText(
    'after',
    '\nExit code: 0 all stored, 3 some products rejected, 4 already synchronising, 1 failed, 130 interrupted.',
  )
  .action(syncCommand);

program
  .command('work')
  .description('apply accepted events until a signal arrives, in addition to the replicas or instead of them')
  .action(workCommand);

const webhook = program.command('webhook').description('inspect accepted events and replay dead ones');

webhook
  .command('list')
  .description('list events, newest first')
  .option('--state <state>', 'list only events in this state: received, retry, done, skipped or dead', parseState)
  .option('--limit <n>', 'maximum number of events', wholeNumber(1, 10_000), 50)
  .action(listEventsCommand);

webhook
  .command('show')
  .description('show the details, conflicts and payload of an event')
  .argument('<id>', 'x-event-id of the event')
  .action(showEventCommand);

webhook
  .command('replay')
  .description('reset dead events so that they are applied again; exit code 3 if any event is not dead')
  .argument('<ids...>', 'x-event-id of each event')
  .action(replayEventsCommand);

process.stdout.on('error', () => undefined); // the reader closed the pipe; the command continues
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof InvalidConfigurationError ? EX_CONFIG : 1;
});
