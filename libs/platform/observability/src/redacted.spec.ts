import { redacted } from './redacted';

describe('a log line', () => {
  it.each(['password', 'clientSecret', 'access_token', 'Authorization', 'set-cookie', 'apiKey', 'webhookSecrets'])(
    'does not show the value of %s, however deep it is',
    (name) => {
      const line = redacted({ [name]: 'x', request: { headers: { [name]: 'x' } }, list: [{ [name]: ['x'] }] });
      expect(JSON.stringify(line)).not.toContain('"x"');
    },
  );

  it('does not show what a failed statement was sent with, in whichever error it is', () => {
    const driverError = Object.assign(new Error('no such table'), { sql: "SELECT 'x'" });
    const error = Object.assign(new Error('failed'), { query: 'SELECT ?', parameters: ['x'], driverError });
    const line = JSON.stringify(redacted({ cause: error, list: [driverError] }));
    expect(line).not.toContain('x');
    expect(line).toContain('no such table');
  });

  it('does not show what a failed command was sent with', () => {
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['user', 'hidden'] } });
    expect(JSON.stringify(redacted({ reason: error }))).not.toContain('hidden');
  });

  it('is left as it is where it has nothing to hide', () => {
    const line = { requestId: '1', status: 200, err: new Error('a') };
    expect(redacted(line)).toBe(line);
  });

  it('keeps what stands beside a secret', () => {
    const when = new Date(0);
    expect(redacted({ a: { token: 'x', url: '/', when }, tokens: 3, life: null })).toEqual({
      a: { token: '[redacted]', url: '/', when },
      tokens: '[redacted]',
      life: null,
    });
  });

  it('ends, even where an object holds itself', () => {
    const own: Record<string, unknown> = { name: 'a' };
    own['own'] = own;
    expect(JSON.stringify(redacted({ own }))).toContain('[redacted]');
  });
});
