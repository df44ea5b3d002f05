/** Redis was not called or did not reply; the caller continues without it. Error replies are thrown unchanged. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** Redis did not reply within the timeout; the reply may still arrive. */
export class CommandTimeoutError extends Error {
  override readonly name = 'CommandTimeoutError';

  constructor(timeoutMs: number) {
    super(`no reply within ${timeoutMs} ms`);
  }
}

/** A command that the server refused. */
export interface RedisRefusal {
  /** In capitals, such as SET. */
  readonly command: string;
  /** Such as NOPERM, OOM or READONLY. */
  readonly code: string;
  /** Error reply of the server, without arguments. */
  readonly message: string;
}

/** Returns whether the error is a reply of the server, such as OOM or WRONGTYPE, so Redis is available. */
export function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Returns undefined if the error is not a reply, or is WRONGTYPE: callers overwrite keys of the wrong type. */
export function toRefusal(error: unknown): RedisRefusal | undefined {
  if (!isErrorReply(error) || error.message.includes('WRONGTYPE')) return undefined;
  const { command } = error as { command?: { name?: string } };
  return describeRefusal(command?.name ?? 'a command', error.message);
}

/** Removes the arguments, which the reply to an unknown command repeats: they may contain stored values. */
export function describeRefusal(command: string, reply: string): RedisRefusal {
  const [message = ''] = reply.split(/, with args beginning with/i, 1);
  const [code = ''] = message.split(' ', 1);
  return { command: command.toUpperCase(), code, message };
}
