/** Measures requests of one client with keep-alive, one at a time, until the last byte of each response. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { MeasuredResponse, ResponseBody } from './measured-response';
import { queryStringOf, type CatalogueQuery } from './matrix';

/** Timeout of a request, in ms. */
const TIMEOUT_MS = 120_000;

/** Status of a request that timed out. */
export const NO_RESPONSE = 0;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = { 'accept-encoding': 'br, gzip' };

/** Measures one request until the last byte, without the time for decoding. */
export async function measureRequest(
  baseUrl: string,
  address: string,
): Promise<Pick<MeasuredResponse, 'latencyMs' | 'status' | 'body'>> {
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const received = await fetchResponse(`${baseUrl}${address}`, signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  const latencyMs = performance.now() - startedMs;
  if (received === undefined) return { latencyMs, status: NO_RESPONSE, body: {} };
  const { response, bytes } = received;
  const text = decode(bytes, response.headers['content-encoding']).toString();
  return { latencyMs, status: response.statusCode ?? NO_RESPONSE, body: JSON.parse(text) as ResponseBody };
}

async function fetchResponse(url: string, signal: AbortSignal): Promise<{ response: IncomingMessage; bytes: Buffer }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent, headers, signal }, resolve).on('error', reject);
  });
  return { response, bytes: await buffer(response) };
}

function decode(bytes: Buffer, coding: string | undefined): Buffer {
  if (coding === 'br') return brotliDecompressSync(bytes);
  return coding === 'gzip' ? gunzipSync(bytes) : bytes;
}

/**
 * Sends each query once, then follows the next cursor of every other first page in the same mixed order.
 * Each URL is new to the service.
 */
export async function measureAll(baseUrl: string, queries: readonly CatalogueQuery[]): Promise<MeasuredResponse[]> {
  const responses: MeasuredResponse[] = [];
  for (const query of queries) {
    const address = `/products?${queryStringOf(query)}`;
    responses.push({ query, address, isCursor: false, ...(await measureRequest(baseUrl, address)) });
  }
  const firstPages = responses.filter(({ query }) => query.page === 1);
  for (const { query, address: first, body } of firstPages.filter((_, index) => index % 2 === 0)) {
    const cursor = body.pagination?.nextCursor;
    if (!cursor) continue;
    const address = `${first}&cursor=${encodeURIComponent(cursor)}`;
    responses.push({ query, address, isCursor: true, ...(await measureRequest(baseUrl, address)) });
  }
  return responses;
}

/** Sends requests one after another until `seconds` have passed, at least one. */
export async function measureFor(
  seconds: number,
  baseUrl: string,
  requests: readonly Pick<MeasuredResponse, 'query' | 'address'>[],
): Promise<MeasuredResponse[]> {
  const deadlineMs = performance.now() + seconds * 1_000;
  const responses: MeasuredResponse[] = [];
  for (const { query, address } of requests) {
    responses.push({ query, address, isCursor: false, ...(await measureRequest(baseUrl, address)) });
    if (performance.now() > deadlineMs) break;
  }
  return responses;
}
