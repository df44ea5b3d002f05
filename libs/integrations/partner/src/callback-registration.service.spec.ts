import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { FakePartner, HANG, setUpPartner, UNAVAILABLE, type PartnerSettings, type Reply } from './testing';

const CALLBACK_URL = 'https://shop.example/webhook';
const SECRETS = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
const REGISTERED = subscription(CALLBACK_URL);

describe('callback registration', () => {
  useVirtualTime();
  let logs: string[];
  beforeEach(() => (logs = captureLogs()));
  afterEach(() => void jest.restoreAllMocks());

  it('start: the callback URL is registered at once, with the newest secret', async () => {
    const { outbound, registration } = setUp();
    registration.start();
    await advance(0);
    expect(outbound.requests).toMatchObject([{ method: 'PUT', atMs: 0 }]);
    expect(JSON.parse(outbound.requests[0]!.body!)).toEqual({
      url: CALLBACK_URL,
      secret: `whsec_${SECRETS[0]!.toString('base64')}`,
    });
  });

  it('start: without configured secrets, no secret is sent', async () => {
    const { outbound, registration } = setUp({ secrets: [] });
    registration.start();
    await advance(0);
    expect(JSON.parse(outbound.requests[0]!.body!)).toEqual({ url: CALLBACK_URL });
  });

  it('start: without a callback URL or a partner, nothing is registered', async () => {
    const { outbound, registration } = setUpPartner();
    registration.start();
    setUpPartner({ isConfigured: false, outbound }).registration.start();
    await advance(600_000);
    expect(outbound.requests).toHaveLength(0);
  });

  it('idempotent: all replicas register the same subscription for the same URL', async () => {
    const outbound = new FakePartner(REGISTERED);
    for (const callbackUrl of [CALLBACK_URL, CALLBACK_URL, 'https://other.example/webhook'])
      setUp({ outbound, callbackUrl }).registration.start();
    await advance(0);
    const [first, second, other] = outbound.requests;
    expect(first).toMatchObject({
      url: expect.stringMatching(/\/v1\/subscriptions\/farmlokal-[0-9a-f]{16}$/) as string,
    });
    expect([second!.url, second!.body]).toEqual([first!.url, first!.body]);
    expect(other!.url).not.toBe(first!.url);
  });

  it.each([
    [0, 0.8],
    [0.5, 1],
    [1 - Number.EPSILON, 1.2],
  ])('check: it runs every minute with jitter (randomness %d: %d of a minute)', async (randomness, factor) => {
    const { outbound, registration, policy } = setUp({ randomness });
    registration.start();
    await advance(Math.round(policy.registrationCheckMs * factor) - 1);
    expect(methods(outbound)).toEqual(['PUT']);
    await advance(2);
    expect(methods(outbound)).toEqual(['PUT', 'GET']);
    expect(outbound.requests[1]!.url).toBe(outbound.requests[0]!.url);
  });

  it('check: an existing subscription is not registered again', async () => {
    const { outbound, registration, policy } = setUp();
    registration.start();
    await advance(3 * policy.registrationCheckMs);
    expect(methods(outbound)).toEqual(['PUT', 'GET', 'GET', 'GET']);
  });

  it('check: a URL that the partner normalises counts as the same', async () => {
    const { outbound, registration, policy } = setUp();
    outbound.replies(subscription(`${CALLBACK_URL}/`));
    registration.start();
    await advance(2 * policy.registrationCheckMs);
    expect(methods(outbound)).toEqual(['PUT', 'GET', 'GET']);
  });

  it.each<[string, Reply]>([
    ['lost', { status: 404 }],
    ['removed', { status: 410 }],
    ['different', subscription('https://attacker.example/')],
  ])('check: a subscription that is %s is registered again once', async (_, found) => {
    const { outbound, registration, policy } = setUp();
    registration.start();
    await advance(0);
    outbound.repliesOnce(found);
    await advance(2 * policy.registrationCheckMs);
    expect(methods(outbound)).toEqual(['PUT', 'GET', 'PUT', 'GET']);
    expect(outbound.requests[2]!.body).toBe(outbound.requests[0]!.body);
    expect(logs).toEqual(['log the callback is registered', 'log the callback was lost and is registered again']);
  });

  it('backoff: while the partner fails, the pauses double up to a cap, and a success resets them', async () => {
    const { outbound, registration, policy } = setUp({ numbers: { maxTries: 1 } });
    outbound.replies({ status: 400 }); // a permanent status, so that the breaker stays closed
    registration.start();
    await advance(600_000);
    const { baseMs, capMs } = policy.registrationBackoff;
    const bounds = [1, 2, 4, 8, 16, 32, 64, 128].map((factor) => Math.min(capMs, baseMs * factor));
    expect(pauses(outbound).slice(0, bounds.length)).toEqual(bounds.map((bound) => 0.75 * bound)); // equal jitter, mean
    outbound.replies(REGISTERED);
    await advance(capMs + policy.registrationCheckMs);
    expect(methods(outbound).slice(-2)).toEqual(['PUT', 'GET']);
    outbound.repliesOnce({ status: 400 });
    await advance(policy.registrationCheckMs + baseMs);
    expect(pauses(outbound).at(-1)).toBe(0.75 * baseMs);
  });

  it('backoff: a failed renewal is retried', async () => {
    const { outbound, registration, policy } = setUp();
    registration.start();
    await advance(0);
    outbound.repliesOnce({ status: 404 }, { status: 400 }, { status: 404 });
    await advance(policy.registrationCheckMs + policy.registrationBackoff.baseMs);
    expect(methods(outbound)).toEqual(['PUT', 'GET', 'PUT', 'GET', 'PUT']);
  });

  it('start: if the partner is unavailable, the registration is retried until it succeeds', async () => {
    const { outbound, registration } = setUp();
    outbound.replies(UNAVAILABLE);
    registration.start();
    await advance(10_000);
    expect(logs.at(-1)).toContain('it is retried');
    outbound.replies(REGISTERED);
    await advance(60_000);
    expect(logs).toContain('log the callback is registered');
  });

  it('shutdown: the pause ends at once, and no check follows', async () => {
    const { outbound, registration } = setUp();
    registration.start();
    await advance(0);
    registration.beforeApplicationShutdown();
    await advance(0);
    expect([methods(outbound), jest.getTimerCount()]).toEqual([['PUT'], 0]);
  });

  it('shutdown: the request in progress is aborted without a log message', async () => {
    const { outbound, registration } = setUp();
    outbound.replies(HANG);
    registration.start();
    await advance(100);
    registration.beforeApplicationShutdown();
    await advance(600_000);
    expect(outbound.requests).toMatchObject([{ isAborted: true }]);
    expect([logs, jest.getTimerCount()]).toEqual([[], 0]);
  });

  it('secrecy: neither the secret nor the token is logged', async () => {
    const { outbound, registration, policy } = setUp();
    const secret = SECRETS[0]!.toString('base64');
    outbound.repliesOnce(
      { status: 400, body: `whsec_${secret}` },
      { status: 200, body: `{"url":7,"secret":"whsec_${secret}"}` },
    );
    registration.start();
    await advance(policy.registrationCheckMs);
    outbound.repliesOnce({ status: 404 });
    await advance(policy.registrationCheckMs);
    expect(logs).toHaveLength(4);
    expect(logs.join('\n')).not.toContain(secret);
    expect(logs.join('\n')).not.toContain('token-1');
  });
});

function setUp(settings: PartnerSettings = {}) {
  const outbound = settings.outbound ?? new FakePartner(REGISTERED);
  return setUpPartner({ callbackUrl: CALLBACK_URL, secrets: SECRETS, ...settings, outbound });
}

function subscription(url: string): Reply {
  return { status: 200, body: JSON.stringify({ url }) };
}

function methods({ requests }: FakePartner): string[] {
  return requests.map(({ method }) => method);
}

/** Returns the times between successive requests. */
function pauses({ timesMs }: FakePartner): number[] {
  return timesMs.slice(1).map((atMs, index) => atMs - timesMs[index]!);
}
