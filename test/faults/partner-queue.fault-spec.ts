/** Calls that wait in this process for the bulkhead or a token: that wait must not open the partner's circuit breaker. */
import { parseConfig } from '../../libs/platform/config/src/app-config';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';
import { eventually } from '../support/eventually';
import { metricOf } from '../support/metrics';
import { Sandbox } from '../support/sandbox';

let sandbox: Sandbox;
let catalogue: TestCatalogue;

beforeAll(async () => {
  sandbox = await Sandbox.start('--products', '10');
});
beforeEach(async () => {
  await sandbox.mend();
  await sandbox.forget();
});
afterEach(() => catalogue.close());
afterAll(() => sandbox.stop());

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const { partner } = parseConfig({ NODE_ENV: 'test', ...sandbox.environment, ...settings }, () => '');
  catalogue = await startCatalogue(createSqlite, { partner });
  await catalogue.given(aProduct({ externalId: 'demo-000000001' }));
}

async function sourceOf(): Promise<string> {
  const answer = await catalogue.app.inject({ url: '/products/1/availability' });
  expect(answer.statusCode).toBe(200);
  return answer.json<{ source: string }>().source;
}

const ask = (count: number) => Promise.all(Array.from({ length: count }, sourceOf));
const isBreakerOpen = () => metricOf(catalogue, 'farmlokal_partner_breaker_open');
const countCalls = (outcome: string) =>
  metricOf(catalogue, `farmlokal_partner_call_seconds_count{operation="availability",outcome="${outcome}"}`);

it('bulkhead: 96 concurrent calls to a partner that takes 700 ms do not open its circuit breaker', async () => {
  await start();
  expect(await sourceOf()).toBe('live');
  await sandbox.dial('availability', { kind: 'slow', ms: 700 });
  const sources = await ask(96);
  expect(sources.filter((source) => source === 'live').length).toBeGreaterThanOrEqual(32);
  expect(await countCalls('not-sent')).toBeGreaterThanOrEqual(32);
  expect(await isBreakerOpen()).toBe(0);
  expect(await ask(8)).toEqual(Array(8).fill('live'));
});

it('circuit breaker: the timeout of a call that was queued in the bulkhead is not counted', async () => {
  await start({ PARTNER_CONCURRENT_CALLS: '8' });
  expect(await sourceOf()).toBe('live');
  await sandbox.forget();
  await sandbox.dial('availability', { kind: 'slow', ms: 500 });
  const asking = ask(16);
  await eventually(
    () => sandbox.count('availability'),
    (count) => count === 8,
  );
  await sandbox.dial('availability', { kind: 'stall' });
  const sources = await asking;
  expect(sources.filter((source) => source === 'live')).toHaveLength(8);
  expect(await countCalls('failed')).toBe(8);
  expect(await isBreakerOpen()).toBe(0);
});

it('circuit breaker: a hanging partner opens it, because calls that were not queued are counted', async () => {
  await start({ PARTNER_CONCURRENT_CALLS: '8' });
  expect(await sourceOf()).toBe('live'); // the token is here
  await sandbox.dial('availability', { kind: 'stall' });
  await ask(40);
  expect(await isBreakerOpen()).toBe(1);
});

it('deadline: a call that waited for a token is sent with the remaining time', async () => {
  await start();
  await sandbox.dial('token', { kind: 'slow', ms: 900 });
  expect(await ask(8)).toEqual(Array(8).fill('live'));
});

it('circuit breaker: the timeout of a call that waited for a token is not counted', async () => {
  await start();
  await sandbox.dial('token', { kind: 'slow', ms: 900 });
  await sandbox.dial('availability', { kind: 'slow', ms: 900 });
  expect(await ask(8)).toEqual(Array(8).fill('catalogue'));
  expect([await countCalls('failed'), await isBreakerOpen()]).toEqual([8, 0]);
});

it('circuit breaker: the timeout of a call that waited for a new token after a 401 is not counted', async () => {
  await start();
  expect(await sourceOf()).toBe('live');
  await sandbox.forget();
  await sandbox.dial('token', { kind: 'slow', ms: 1_200 });
  await sandbox.dial('availability', { kind: 'slow', ms: 450 });
  await sandbox.revokeTokens();
  expect(await ask(8)).toEqual(Array(8).fill('cached'));
  expect([await countCalls('failed'), await isBreakerOpen()]).toEqual([8, 0]);
});
