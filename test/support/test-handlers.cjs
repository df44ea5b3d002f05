/**
 * Adds event handlers for tests to a process of the built service (NODE_OPTIONS=--require). `test.abort` and
 * `test.loop` crash or block the process unless FARMLOKAL_TEST_HARMLESS is `true`.
 */
require('reflect-metadata');
const { join, resolve } = require('node:path');

const dist = resolve(__dirname, '../../dist');
const { WebhookModule } = require(join(dist, 'libs/features/webhook/src/webhook.module.js'));

const isHarmless = process.env.FARMLOKAL_TEST_HARMLESS === 'true';

/** Effect that inserts a row for each application. */
class Count {
  constructor(eventId) {
    this.eventId = eventId;
  }

  async apply(manager) {
    await manager.query('INSERT INTO test_effects (event_id) VALUES (?)', [this.eventId]);
    return 'applied';
  }
}

const count = ({ eventId }) => ({ effect: new Count(eventId) });

const lookUpFirst = (lookUp) => (event) => ({
  lookUp: async () => {
    await lookUp(event);
    return new Count(event.eventId);
  },
});

const harmful = (harm) => (event) => {
  if (!isHarmless) harm();
  return count(event);
};

const handlers = {
  'test.count': count,
  'test.slow': lookUpFirst(() => new Promise((wake) => setTimeout(wake, 5_000))),
  'test.outbound': lookUpFirst(({ eventId }) =>
    fetch(process.env.FARMLOKAL_TEST_PARTNER, { method: 'POST', headers: { 'idempotency-key': eventId } }),
  ),
  'test.abort': harmful(() => process.kill(process.pid, 'SIGKILL')),
  'test.loop': harmful(() => {
    for (;;);
  }),
};

const isOwn = (effect) => effect instanceof Count;

/** Applies the effects of this file, then those of the service. The outcomes are in the order of the effects. */
const applyBoth = (service) => async (manager, effects) => {
  const own = [];
  for (const effect of effects.filter(isOwn)) own.push(await effect.apply(manager));
  const others = effects.filter((effect) => !isOwn(effect));
  const rest = others.length === 0 ? [] : [...(await service.applyAll(manager, others))];
  return effects.map((effect) => (isOwn(effect) ? own : rest).shift());
};

const { handling } = WebhookModule;
WebhookModule.handling = (options) =>
  handling({
    ...options,
    useFactory: (...dependencies) => {
      const service = options.useFactory(...dependencies);
      return { ...service, handlers: { ...service.handlers, ...handlers }, applyAll: applyBoth(service) };
    },
  });
