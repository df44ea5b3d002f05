/**
 * Adds event handlers for tests to a process of the built service (NODE_OPTIONS=--require). `test.abort` and
 * `test.loop` crash or block the process unless FARMLOKAL_TEST_HARMLESS is `true`.
 */
require('reflect-metadata');
const { join, resolve } = require('node:path');

const dist = resolve(__dirname, '../../dist');
const { WebhookModule } = require(join(dist, 'libs/features/webhook/src/webhook.module.js'));

const isHarmless = process.env.FARMLOKAL_TEST_HARMLESS === 'true';

/** Inserts a row for each application. */
const count =
  ({ eventId }) =>
  async (manager) => {
    await manager.query('INSERT INTO test_effects (event_id) VALUES (?)', [eventId]);
    return 'changed';
  };

const harmful = (harm) => (event) => {
  if (!isHarmless) harm();
  return count(event);
};

const effects = {
  'test.count': count,
  'test.slow': async (event) => {
    await new Promise((wake) => setTimeout(wake, 5_000));
    return count(event);
  },
  'test.outbound': async (event) => {
    await fetch(process.env.FARMLOKAL_TEST_PARTNER, { method: 'POST', headers: { 'idempotency-key': event.eventId } });
    return count(event);
  },
  'test.abort': harmful(() => process.kill(process.pid, 'SIGKILL')),
  'test.loop': harmful(() => {
    for (;;);
  }),
};

const { handling } = WebhookModule;
WebhookModule.handling = (options) =>
  handling({
    ...options,
    useFactory: (...dependencies) => ({ ...options.useFactory(...dependencies), ...effects }),
  });
