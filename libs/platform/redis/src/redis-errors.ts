/** Redis was not asked, or did not answer: do without it. What it did answer with, errors too, passes through. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** An answer of the server that says no, such as OOM or WRONGTYPE: it is there, and it was quick. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
