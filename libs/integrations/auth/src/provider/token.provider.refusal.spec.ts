import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, type Replica } from '../testing';

const { refusalPauseMs, secretCheckMs } = authPolicy;
const NEVER = new AbortController().signal;

describe('permanent errors of the authorization server', () => {
  useVirtualTime();
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const clientSecretFile = join(directory, 'secret');
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(['invalid_client', 'invalid_scope', 'unauthorized_client'])(
    'pause: after %s there is no retry for 60 s, and then one',
    async (code) => {
      const { server, replica } = setUp();
      server.refuses(code);
      expect(await outcomeOf(replica)).toBe('token-refused');
      await advance(refusalPauseMs - 1);
      expect([await outcomeOf(replica), server.requests.length]).toEqual(['token-refused', 1]);
      await advance(1);
      expect([await outcomeOf(replica), server.requests.length]).toEqual(['token-refused', 2]);
    },
  );

  it('pause: a replaced secret file ends it', async () => {
    writeFileSync(clientSecretFile, 'old-secret\n');
    const { server, replica } = setUp(clientSecretFile);
    server.refuses();
    await expect(replica.provider.get(NEVER)).rejects.toMatchObject({ name: 'token-refused' });
    writeFileSync(clientSecretFile, 'new-secret\n');
    server.grants();
    await advance(secretCheckMs);
    await expect(replica.provider.get(NEVER)).resolves.toMatchObject({ value: 'token-2' });
    expect(server.requests.map(({ request }) => secretOf(request.headers))).toEqual(['old-secret', 'new-secret']);
  });

  it('pause: a replaced secret file does not shorten the backoff after a transient failure', async () => {
    writeFileSync(clientSecretFile, 'old-secret\n');
    const { server, replica } = setUp(clientSecretFile);
    const get = () => expect(replica.provider.get(NEVER)).rejects.toMatchObject({ name: 'token-unavailable' });
    server.fails();
    for (let failures = 0; failures < 5; failures++) {
      await get();
      await advance(authPolicy.backoff.capMs);
    }
    await get();
    writeFileSync(clientSecretFile, 'new-secret\n');
    await advance(secretCheckMs);
    await get();
    expect(server.requests).toHaveLength(6);
  });

  it('pause: a replica whose request was refused uses the shared token of another replica', async () => {
    const deployment = new Deployment();
    const [refused, other] = deployment.replicas(2);
    deployment.server.refuses();
    await outcomeOf(refused!);
    deployment.server.grants();
    await outcomeOf(other!);
    expect(await outcomeOf(refused!)).toBe('token-2');
  });

  it('refresh: a usable token is kept, and refreshed once the pause is over', async () => {
    const { server, replica } = setUp();
    await outcomeOf(replica);
    server.refuses();
    await advance(3_060_000); // the refresh is due
    await outcomeOf(replica);
    await advance(refusalPauseMs - 1);
    expect([await outcomeOf(replica), server.requests.length]).toEqual(['token-1', 2]);
    server.grants();
    await advance(authPolicy.backoff.capMs);
    expect([await outcomeOf(replica), server.requests.length]).toEqual(['token-3', 3]);
  });

  it('refresh: during the pause, the token of another replica is found within the longest backoff', async () => {
    const deployment = new Deployment();
    const [refused, other] = deployment.replicas(2);
    await outcomeOf(refused!);
    deployment.server.refuses();
    await advance(3_060_000); // the refresh is due
    await outcomeOf(refused!);
    deployment.server.grants();
    await outcomeOf(other!); // uses the shared token, whose refresh is due as well
    await outcomeOf(other!);
    await advance(authPolicy.backoff.capMs);
    expect([await outcomeOf(refused!), deployment.server.requests.length]).toEqual(['token-3', 3]);
  });

  it('logging and metrics: a refusal is logged as an error with its code, and counted', async () => {
    const { server, logs, replica } = setUp();
    server.refuses('invalid_client');
    await outcomeOf(replica);
    await outcomeOf(replica);
    expect(logs).toEqual([{ level: 'error', line: expect.stringContaining('"reason":"invalid_client"') as string }]);
    expect(await replica.metric('farmlokal_token_requests_total')).toContainEqual({
      labels: { outcome: 'refused' },
      value: 1,
    });
  });

  function setUp(secretFile?: string) {
    const deployment = new Deployment();
    const { server, logs } = deployment;
    return { server, logs, replica: deployment.replica({ oauth: { clientSecretFile: secretFile } }) };
  }
});

async function outcomeOf(replica: Replica): Promise<string> {
  const call = replica.call();
  await advance(0);
  return call.outcome;
}

function secretOf(headers: Readonly<Record<string, string>>): string | undefined {
  const credentials = headers['authorization']?.replace('Basic ', '') ?? '';
  return Buffer.from(credentials, 'base64').toString().split(':')[1];
}
