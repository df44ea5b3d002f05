import { describeRefusal, toRefusal } from './redis-errors';

const replyError = (message: string, name?: string) =>
  Object.assign(new Error(message), {
    name: 'ReplyError',
    ...(name !== undefined && { command: { name, args: ['x'] } }),
  });

describe('refused Redis command', () => {
  it('error reply: a refusal has the command, the code and the message', () => {
    const message = "NOPERM this user has no permissions to run the 'set' command";
    expect(toRefusal(replyError(message, 'set'))).toEqual({ command: 'SET', code: 'NOPERM', message });
  });

  it('redaction: a refusal does not contain the arguments of an unknown command', () => {
    const reply = "ERR unknown command 'EVALSHA', with args beginning with: 'a-key' 'a-value'";
    expect(describeRefusal('evalsha', reply).message).toBe("ERR unknown command 'EVALSHA'");
  });

  it('error reply: WRONGTYPE and a lost connection are not refusals', () => {
    expect(toRefusal(replyError('WRONGTYPE Operation against a key holding the wrong kind of value'))).toBeUndefined();
    expect(toRefusal(new Error('Connection is closed.'))).toBeUndefined();
  });
});
