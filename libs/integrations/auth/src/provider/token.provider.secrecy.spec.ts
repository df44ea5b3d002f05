import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment } from '../testing';

/** Has the form of an error code, so that a server can echo it as one that is logged. */
const SECRET = 'client_secret_in_small_letters';
const TOKEN = 'an-access-token';

describe('secrecy of tokens and secrets', () => {
  useVirtualTime();
  const echo = JSON.stringify({ error: SECRET, error_description: `${SECRET} ${TOKEN}` });

  it.each<[string, number, string]>([
    ['an error that repeats the secret', 500, echo],
    ['an error that is the encoded secret', 500, JSON.stringify({ error: base64(SECRET) })],
    ['a rejection that repeats the secret', 401, echo],
    ['a page that repeats the secret', 200, `<html>${SECRET} ${TOKEN}</html>`],
    ['a token that is too long', 200, JSON.stringify({ access_token: TOKEN.repeat(authPolicy.maxTokenLength) })],
    ['a token of two lines', 200, JSON.stringify({ access_token: `${TOKEN}\n${SECRET}` })],
    ['a token of another type', 200, JSON.stringify({ access_token: TOKEN, token_type: 'mac', scope: SECRET })],
  ])('secrecy: %s is neither logged nor part of the error', async (_, status, body) => {
    const { server, logs, replica } = setUp();
    server.fails(status, body);
    const error = await errorOf(replica.provider.get(new AbortController().signal));
    const seen = JSON.stringify(logs) + JSON.stringify([error, Object.entries(error), error.message, error.stack]);
    expect(logs).toHaveLength(1);
    expect([SECRET, TOKEN, base64(SECRET)].filter((text) => seen.includes(text))).toEqual([]);
  });

  it('secrecy: a granted token is logged with its lifetime only, and no metric contains it', async () => {
    const { logs, replica } = setUp();
    replica.call();
    await advance(0);
    expect(logs).toEqual([{ level: 'log', line: '{"lifeSeconds":3600,"msg":"a token was granted"}' }]);
    expect(await replica.registry.metrics()).not.toContain('token-1');
  });

  it('secrecy: the secret is sent in a header, and no URL contains it', async () => {
    const { server, replica } = setUp();
    replica.call();
    await advance(0);
    const { url, headers } = server.requests[0]!.request;
    expect(url).toBe('https://partner.example/token');
    expect(headers['authorization']).toBe(`Basic ${base64(`farmlokal:${SECRET}`)}`);
  });

  function setUp() {
    const deployment = new Deployment();
    const { server, logs } = deployment;
    return { server, logs, replica: deployment.replica({ oauth: { clientSecret: SECRET } }) };
  }
});

function errorOf(result: Promise<unknown>): Promise<Error> {
  return result.then(
    () => new Error('no error'),
    (error: unknown) => error as Error,
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
