/**
 * Preloaded into a process of the built service (NODE_OPTIONS=--require), it adds effects for tests: one that can be
 * counted, and those that do harm, until FARMLOKAL_TEST_MENDED says that they are mended.
 */
require('reflect-metadata');
const { join, resolve } = require('node:path');

const dist = resolve(__dirname, '../../dist');
const { WebhookModule } = require(join(dist, 'libs/features/webhook/src/webhook.module.js'));

const isMended = process.env.FARMLOKAL_TEST_MENDED === 'true';

/** A row for each time it is applied. */
const count =
  ({ eventId }) =>
  async (manager) => {
    await manager.query('INSERT INTO test_effects (event_id) VALUES (?)', [eventId]);
    return 'changed';
  };

const harmful = (harm) => (event) => {
  if (!isMended) harm();
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

const { applying } = WebhookModule;
WebhookModule.applying = (options) =>
  applying({
    ...options,
    useFactory: (...dependencies) => ({ ...options.useFactory(...dependencies), ...effects }),
  });
