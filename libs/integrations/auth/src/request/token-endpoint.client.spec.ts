import { OutboundClient, type OutboundResponse } from '@platform/outbound';
import { authPolicy } from '../auth.policy';
import { partnerConfig } from '../testing';
import { RefusedGrantError, TokenEndpoint } from './token-endpoint.client';

const NEVER = new AbortController().signal;

describe('client of the token endpoint', () => {
  afterEach(() => jest.restoreAllMocks());

  it('limits: each request has a timeout, a size limit and the signal of its caller', async () => {
    const { endpoint, send } = setUp({ access_token: 'a1' });
    await endpoint.request('not-a-secret', NEVER);
    const { requestTimeoutMs: timeoutMs, maxResponseBytes: maxBytes } = authPolicy;
    const request = expect.objectContaining({ method: 'POST', url: 'https://partner.example/token' }) as object;
    expect(send.mock.calls).toEqual([[request, { timeoutMs, maxBytes }, NEVER]]);
  });

  it.each([
    ['a number', { expires_in: 3_600 }, 3_600],
    ['a digit string', { expires_in: '3600' }, 3_600],
    ['a missing member', {}, 300],
    ['the number zero', { expires_in: 0 }, undefined],
    ['a negative number', { expires_in: -1 }, undefined],
    ['a string that is no number', { expires_in: 'soon' }, undefined],
  ])('expires_in: %s is read as the lifetime', async (_, members, lifeSeconds) => {
    const { endpoint } = setUp({ access_token: 'a1', ...members });
    await expect(endpoint.request('not-a-secret', NEVER)).resolves.toMatchObject({ value: 'a1', lifeSeconds });
  });

  it('id: each token has its own, which is not derived from its value', async () => {
    const { endpoint } = setUp({ access_token: 'a1' });
    const tokens = [await endpoint.request('not-a-secret', NEVER), await endpoint.request('not-a-secret', NEVER)];
    expect(new Set(tokens.map(({ id }) => id)).size).toBe(2);
  });

  it('redirect: it is a failure and is not followed', async () => {
    const { endpoint, send } = setUp({ access_token: 'a1' }, 302);
    await expect(endpoint.request('not-a-secret', NEVER)).rejects.toThrow('status 302');
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('permanent error: it has its own type, unlike a transient error', async () => {
    const refused = setUp({ error: 'invalid_client' }, 401).endpoint.request('not-a-secret', NEVER);
    await expect(refused).rejects.toBeInstanceOf(RefusedGrantError);
    const failed = setUp({ error: 'temporarily_unavailable' }, 503).endpoint.request('not-a-secret', NEVER);
    await expect(failed).rejects.not.toBeInstanceOf(RefusedGrantError);
  });

  it('shutdown: the connections are closed', async () => {
    const { endpoint, outbound } = setUp({});
    const close = jest.spyOn(outbound, 'close');
    await endpoint.onApplicationShutdown();
    expect(close).toHaveBeenCalledTimes(1);
  });
});

function setUp(body: object, status = 200) {
  const outbound = new OutboundClient(authPolicy);
  const response: OutboundResponse = { status, headers: {}, body: JSON.stringify(body) };
  const send = jest.spyOn(outbound, 'send').mockResolvedValue(response);
  return { endpoint: new TokenEndpoint(partnerConfig(), outbound), outbound, send };
}
