/** Redis was not asked, or did not answer: do without it. What it did answer with, errors too, passes through. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** Redis did not answer within its time limit; it may still do so. */
export class CommandTimeoutError extends Error {
  override readonly name = 'CommandTimeoutError';

  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
  }
}

/** A command that the server did not carry out. */
export interface RedisRefusal {
  /** In capitals, such as SET. */
  readonly command: string;
  /** Such as NOPERM, OOM or READONLY. */
  readonly code: string;
  /** As the server put it, without arguments. */
  readonly message: string;
}

/** An answer of the server that says no, such as OOM or WRONGTYPE: it is there, and it was quick. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Undefined if the server did what it was asked, or failed because of the value of one key: each use replaces that. */
export function toRefusal(error: unknown): RedisRefusal | undefined {
  if (!isReply(error) || error.message.includes('WRONGTYPE')) return undefined;
  const { command } = error as { command?: { name?: string } };
  return describeRefusal(command?.name ?? 'a command', error.message);
}

/** An unknown command is answered with its arguments, which may be anything we store. */
export function describeRefusal(command: string, answer: string): RedisRefusal {
  const [message = ''] = answer.split(/, with args beginning with/i, 1);
  const [code = ''] = message.split(' ', 1);
  return { command: command.toUpperCase(), code, message };
}
