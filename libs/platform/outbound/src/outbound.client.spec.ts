import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { request, type Dispatcher } from 'undici';
import { OutboundClient, type OutboundResponse } from './outbound.client';

jest.mock('undici', () => ({ ...jest.requireActual<object>('undici'), request: jest.fn() }));

const undici = jest.mocked(request);
const outgoing = {
  method: 'POST',
  url: 'https://partner.example/orders?of=it',
  headers: { a: 'b' },
  body: '{}',
} as const;
const limits = { timeoutMs: 3_000, maxBytes: 10 };
const connectionLost = Object.assign(new Error('socket'), { code: 'ECONNRESET' });

describe('outbound client', () => {
  useVirtualTime();
  beforeEach(() => void undici.mockReset());
  const client = new OutboundClient({ connectTimeoutMs: 1_000 });
  afterAll(() => client.close());

  const send = (signal = new AbortController().signal) => client.send(outgoing, limits, signal);

  it('request: it is sent once, with the timeouts of undici disabled', async () => {
    responds(200, {}, ['{}']);
    await send();
    expect(undici).toHaveBeenCalledTimes(1);
    expect(undici).toHaveBeenCalledWith(
      outgoing.url,
      expect.objectContaining({
        method: 'POST',
        headers: { a: 'b' },
        body: '{}',
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
    );
  });

  it('response: it has status, headers and body, and the first value of a repeated header', async () => {
    responds(207, { 'retry-after': ['1', '2'], etag: 'x', none: undefined }, ['{"a"', ':1}']);
    expect(await send()).toEqual({
      status: 207,
      headers: { 'retry-after': '1', etag: 'x', none: '' },
      body: '{"a":1}',
    });
  });

  it('response: a character that is split between two chunks is decoded correctly', async () => {
    const bytes = Buffer.from('ü');
    responds(200, {}, [bytes.subarray(0, 1), bytes.subarray(1)]);
    expect((await send()).body).toBe('ü');
  });

  it.each([302, 404, 503])('response: %d is returned, neither followed nor retried', async (status) => {
    responds(status, { location: 'https://elsewhere.example/' }, []);
    expect(await send()).toMatchObject({ status });
    expect(undici).toHaveBeenCalledTimes(1);
  });

  it('too-large: a body at the limit is read, and one byte more closes the connection', async () => {
    responds(200, {}, ['12345', '67890']);
    expect((await send()).body).toHaveLength(limits.maxBytes);
    const body = responds(200, {}, ['12345', '67890', '1', 'more']);
    await expect(send()).rejects.toMatchObject({ failure: 'too-large' });
    expect(body).toMatchObject({ read: 3, isClosed: true });
  });

  it('reset: the connection is lost before the response', async () => {
    undici.mockRejectedValue(connectionLost);
    await expect(send()).rejects.toMatchObject({ failure: 'reset' });
  });

  it('truncated: the connection is lost during the body', async () => {
    responds(200, {}, ['1'], connectionLost);
    await expect(send()).rejects.toMatchObject({ failure: 'truncated' });
  });

  it('timeout: it includes the body and aborts the request', async () => {
    const signal = hangs();
    const sent = failureOf(send());
    await advance(limits.timeoutMs - 1);
    expect([sent.error, signal()?.aborted]).toEqual([undefined, false]);
    await advance(1);
    expect([sent.error, signal()?.aborted]).toEqual([expect.objectContaining({ failure: 'timeout' }), true]);
  });

  it('timeout: a slow body does not extend it', async () => {
    undici.mockResolvedValue({ statusCode: 200, headers: {}, body: slowBody() } as unknown as Response);
    const sent = failureOf(send());
    await advance(limits.timeoutMs);
    expect(sent.error).toMatchObject({ failure: 'timeout' });
  });

  it('abort: the caller aborts the request, which rejects with the abort reason', async () => {
    const signal = hangs();
    const caller = new AbortController();
    const sent = failureOf(send(caller.signal));
    await advance(100);
    caller.abort(new Error('the client disconnected'));
    await advance(0);
    expect(sent.error).toMatchObject({ message: 'the client disconnected' });
    expect([signal()?.aborted, jest.getTimerCount()]).toEqual([true, 0]);
  });
});

type Response = Dispatcher.ResponseData;

interface ScriptedBody extends AsyncIterable<Buffer> {
  read: number;
  isClosed: boolean;
}

/** Scripts the next response; `error` ends its body after the chunks. */
function responds(
  statusCode: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  chunks: readonly (string | Buffer)[],
  error?: Error,
): ScriptedBody {
  const body: ScriptedBody = {
    read: 0,
    isClosed: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (const chunk of chunks) {
          body.read += 1;
          yield await Promise.resolve(Buffer.from(chunk));
        }
        if (error !== undefined) throw error;
      } finally {
        body.isClosed = true;
      }
    },
  };
  undici.mockResolvedValueOnce({ statusCode, headers, body } as unknown as Response);
  return body;
}

/** Makes the next request hang until its signal aborts. Returns a getter of that signal. */
function hangs(): () => AbortSignal | undefined {
  let requestSignal: AbortSignal | undefined;
  undici.mockImplementationOnce((_, options) => {
    requestSignal = options?.signal as AbortSignal;
    return new TestClock().sleep(2 ** 31 - 1, requestSignal) as Promise<never>;
  });
  return () => requestSignal;
}

/** Yields one byte per second. */
async function* slowBody(): AsyncIterable<Buffer> {
  for (;;) {
    await new TestClock().sleep(1_000);
    yield Buffer.from('1');
  }
}

function failureOf(work: Promise<OutboundResponse>): { error?: unknown } {
  const result: { error?: unknown } = {};
  work.catch((error: unknown) => (result.error = error));
  return result;
}
