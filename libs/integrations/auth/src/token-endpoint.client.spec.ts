import { OutboundClient, type OutboundResponse } from '@platform/outbound';
import { authPolicy } from './auth.policy';
import { partnerConfig } from './testing';
import { RefusedGrantError, TokenEndpoint } from './token-endpoint.client';

const NEVER = new AbortController().signal;

describe('client of the token endpoint', () => {
  afterEach(() => jest.restoreAllMocks());

  it('limits: each request has a time limit, a size limit and the signal of its caller', async () => {
    const { endpoint, send } = setUp({ access_token: 'a1' });
    await endpoint.request('not-a-secret', NEVER);
    const { requestTimeoutMs: timeoutMs, maxAnswerBytes: maxBytes } = authPolicy;
    const request = expect.objectContaining({ method: 'POST', url: 'https://partner.example/token' }) as object;
    expect(send.mock.calls).toEqual([[request, { timeoutMs, maxBytes }, NEVER]]);
  });

  it.each([
    ['a number', { expires_in: 3_600 }, 3_600],
    ['a digit string', { expires_in: '3600' }, 3_600],
    ['missing', {}, 300],
    ['zero', { expires_in: 0 }, undefined],
    ['negative', { expires_in: -1 }, undefined],
    ['nonsense', { expires_in: 'soon' }, undefined],
  ])('expires_in: that is %s gives the lifetime %j %s', async (_, members, lifeSeconds) => {
    const { endpoint } = setUp({ access_token: 'a1', ...members });
    await expect(endpoint.request('not-a-secret', NEVER)).resolves.toMatchObject({ value: 'a1', lifeSeconds });
  });

  it('id: differs for each token, and is not derived from it', async () => {
    const { endpoint } = setUp({ access_token: 'a1' });
    const tokens = [await endpoint.request('not-a-secret', NEVER), await endpoint.request('not-a-secret', NEVER)];
    expect(new Set(tokens.map(({ id }) => id)).size).toBe(2);
  });

  it('redirect: is a failure, and is not followed', async () => {
    const { endpoint, send } = setUp({ access_token: 'a1' }, 302);
    await expect(endpoint.request('not-a-secret', NEVER)).rejects.toThrow('status 302');
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('permanent error: has a type of its own, unlike a transient one', async () => {
    const refused = setUp({ error: 'invalid_client' }, 401).endpoint.request('not-a-secret', NEVER);
    await expect(refused).rejects.toBeInstanceOf(RefusedGrantError);
    const failed = setUp({ error: 'temporarily_unavailable' }, 503).endpoint.request('not-a-secret', NEVER);
    await expect(failed).rejects.not.toBeInstanceOf(RefusedGrantError);
  });

  it('shutdown: closes the connections', async () => {
    const { endpoint, outbound } = setUp({});
    const close = jest.spyOn(outbound, 'close');
    await endpoint.onApplicationShutdown();
    expect(close).toHaveBeenCalledTimes(1);
  });
});

function setUp(body: object, status = 200) {
  const outbound = new OutboundClient(authPolicy);
  const answer: OutboundResponse = { status, headers: {}, body: JSON.stringify(body) };
  const send = jest.spyOn(outbound, 'send').mockResolvedValue(answer);
  return { endpoint: new TokenEndpoint(partnerConfig(), outbound), outbound, send };
}
