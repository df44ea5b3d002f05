/** Asks over HTTP as one patient client does: keep-alive, one request at a time, until the whole answer is there. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Answer, AnswerBody } from './answer';
import { queryStringOf, type CatalogueQuery } from './matrix';

/** Nobody waits longer for a page. */
const GIVES_UP_AFTER_MS = 120_000;

/** The status of an answer that was not there by then. */
export const NO_ANSWER = 0;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = { 'accept-encoding': 'br, gzip' };

/** The clock stops with the last byte; what decoding takes is the client's own affair. */
export async function ask(baseUrl: string, address: string): Promise<Pick<Answer, 'latencyMs' | 'status' | 'body'>> {
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(GIVES_UP_AFTER_MS);
  const answer = await respond(`${baseUrl}${address}`, signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  const latencyMs = performance.now() - startedMs;
  if (answer === undefined) return { latencyMs, status: NO_ANSWER, body: {} };
  const { response, bytes } = answer;
  const text = decode(bytes, response.headers['content-encoding']).toString();
  return { latencyMs, status: response.statusCode ?? NO_ANSWER, body: JSON.parse(text) as AnswerBody };
}

async function respond(url: string, signal: AbortSignal): Promise<{ response: IncomingMessage; bytes: Buffer }> {
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
 * Asks each query once, and then, mixed likewise, for the page behind every other first page by its cursor.
 * Each address is new to the service.
 */
export async function askAll(baseUrl: string, queries: readonly CatalogueQuery[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const query of queries) {
    const address = `/products?${queryStringOf(query)}`;
    answers.push({ query, address, isCursor: false, ...(await ask(baseUrl, address)) });
  }
  const firstPages = answers.filter(({ query }) => query.page === 1);
  for (const { query, address: first, body } of firstPages.filter((_, index) => index % 2 === 0)) {
    const cursor = body.pagination?.nextCursor;
    if (!cursor) continue;
    const address = `${first}&cursor=${encodeURIComponent(cursor)}`;
    answers.push({ query, address, isCursor: true, ...(await ask(baseUrl, address)) });
  }
  return answers;
}

/** As many of the queries as fit into the time, at least one; each as the contender wants it written. */
export async function askFor(
  seconds: number,
  baseUrl: string,
  questions: readonly Pick<Answer, 'query' | 'address'>[],
): Promise<Answer[]> {
  const deadlineMs = performance.now() + seconds * 1_000;
  const answers: Answer[] = [];
  for (const { query, address } of questions) {
    answers.push({ query, address, isCursor: false, ...(await ask(baseUrl, address)) });
    if (performance.now() > deadlineMs) break;
  }
  return answers;
}
