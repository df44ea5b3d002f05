/**
 * HTTP client for one request to an external system, with a timeout and a size limit. An abort by the caller closes the
 * connection. The client neither follows redirects nor retries.
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
  /** For the whole request, from connecting to the last byte of the response. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** By lower-case name; the first value of a repeated header. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class OutboundClient {
  private readonly agent: Agent;

  constructor({ connectTimeoutMs }: { connectTimeoutMs: number }) {
    this.agent = new Agent({ connect: { timeout: connectTimeoutMs } });
  }

  /** Throws OutboundError, or the abort reason of the signal. */
  async send(outgoing: OutboundRequest, limits: OutboundLimits, signal: AbortSignal): Promise<OutboundResponse> {
    try {
      return await inSpan(outgoing.method, spanOptionsOf(outgoing), () =>
        withDeadline(limits.timeoutMs, signal, (inner) => this.exchange(outgoing, limits, inner)),
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

  /** Sends one request without a deadline; only the signal aborts it. Throws OutboundError. */
  protected async exchange(
    { url, headers: requestHeaders, ...outgoing }: OutboundRequest,
    { maxBytes }: OutboundLimits,
    signal: AbortSignal,
  ): Promise<OutboundResponse> {
    const { statusCode, headers, body } = await request(url, {
      ...outgoing,
      headers: { ...requestHeaders, ...traceHeaders() },
      signal,
      dispatcher: this.agent,
      headersTimeout: 0, // only the signal limits the time
      bodyTimeout: 0,
    }).catch((error: unknown) => {
      throw signal.aborted ? error : toOutboundError(error, false);
    });
    const text = await readAtMost(maxBytes, body).catch((error: unknown) => {
      throw signal.aborted || error instanceof OutboundError ? error : toOutboundError(error, true);
    });
    return { status: statusCode, headers: firstValues(headers), body: text };
  }
}

/** Omits the query. Names: OpenTelemetry semantic conventions for HTTP. */
function spanOptionsOf({ method, url }: OutboundRequest) {
  const { hostname, pathname } = new URL(url);
  const attributes = { 'http.request.method': method, 'server.address': hostname, 'url.path': pathname };
  return { kind: SpanKind.CLIENT, attributes };
}

/** Leaving the loop closes the connection, so the rest of the body is not read. */
async function readAtMost(maxBytes: number, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new OutboundError('too-large', `the response is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function firstValues(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat()[0] ?? '']);
  return Object.fromEntries(entries) as Record<string, string>;
}
