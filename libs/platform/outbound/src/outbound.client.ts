/**
 * One request to somebody outside: bounded in time and in bytes, ended by the caller's signal, which closes its
 * connection. Redirects are answers like any other; nobody is asked twice.
 */
import { SpanKind } from '@opentelemetry/api';
import { withDeadline, DeadlineExceededError } from '@platform/resilience';
import { inSpan, traceHeaders } from '@platform/tracing';
import { Agent, request } from 'undici';
import { OutboundError, toOutboundError } from './outbound-error';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutboundLimits {
  /** For all of it, from connecting to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** By name in small letters; of one that came several times, the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class OutboundClient {
  private readonly agent: Agent;

  constructor({ connectTimeoutMs }: { connectTimeoutMs: number }) {
    this.agent = new Agent({ connect: { timeout: connectTimeoutMs } });
  }

  /** Throws OutboundError, or what the signal says. */
  async send(asked: OutboundRequest, limits: OutboundLimits, signal: AbortSignal): Promise<OutboundResponse> {
    try {
      return await inSpan(asked.method, spanOf(asked), () =>
        withDeadline(limits.timeoutMs, signal, (inner) => this.exchange(asked, limits, inner)),
      );
    } catch (error) {
      throw error instanceof DeadlineExceededError && !signal.aborted
        ? new OutboundError('timeout', error.message)
        : error;
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** One request without a deadline, which ends when the signal aborts. Throws OutboundError. */
  protected async exchange(
    { url, headers: own, ...asked }: OutboundRequest,
    { maxBytes }: OutboundLimits,
    signal: AbortSignal,
  ): Promise<OutboundResponse> {
    const { statusCode, headers, body } = await request(url, {
      ...asked,
      headers: { ...own, ...traceHeaders() },
      signal,
      dispatcher: this.agent,
      headersTimeout: 0, // the signal is the only clock
      bodyTimeout: 0,
    }).catch((error: unknown) => {
      throw signal.aborted ? error : toOutboundError(error, false);
    });
    const text = await readAtMost(maxBytes, body).catch((error: unknown) => {
      throw signal.aborted || error instanceof OutboundError ? error : toOutboundError(error, true);
    });
    return { status: statusCode, headers: firstOfEach(headers), body: text };
  }
}

/** Without the query. Names: OpenTelemetry semantic conventions for HTTP. */
function spanOf({ method, url }: OutboundRequest) {
  const { hostname, pathname } = new URL(url);
  const attributes = { 'http.request.method': method, 'server.address': hostname, 'url.path': pathname };
  return { kind: SpanKind.CLIENT, attributes };
}

/** Leaving the loop closes the connection, and what is still to come is not read. */
async function readAtMost(maxBytes: number, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new OutboundError('too-large', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function firstOfEach(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat()[0] ?? '']);
  return Object.fromEntries(entries) as Record<string, string>;
}
