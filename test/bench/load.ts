/** Asks over HTTP as one patient client does: keep-alive, one request at a time, until the whole answer is read. */
import type { Answer, AnswerBody } from './answer';
import { queryStringOf, type CatalogueQuery } from './matrix';

/** Beyond this a contender is not slow but stuck. */
const GIVES_UP_AFTER_MS = 120_000;

export async function ask(baseUrl: string, address: string): Promise<Pick<Answer, 'latencyMs' | 'status' | 'body'>> {
  const startedMs = performance.now();
  const response = await fetch(`${baseUrl}${address}`, { signal: AbortSignal.timeout(GIVES_UP_AFTER_MS) });
  const text = await response.text();
  const latencyMs = performance.now() - startedMs;
  return { latencyMs, status: response.status, body: JSON.parse(text) as AnswerBody };
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
