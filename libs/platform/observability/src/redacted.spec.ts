import { redacted } from './redacted';

describe('log redaction', () => {
  it.each(['password', 'clientSecret', 'access_token', 'Authorization', 'set-cookie', 'apiKey', 'webhookSecrets'])(
    'redaction: the value of %s is removed at any depth',
    (name) => {
      const line = redacted({ [name]: 'x', request: { headers: { [name]: 'x' } }, list: [{ [name]: ['x'] }] });
      expect(JSON.stringify(line)).not.toContain('"x"');
    },
  );

  it('redaction: a failed statement is logged without its SQL and parameters, in any nested error', () => {
    const driverError = Object.assign(new Error('no such table'), { sql: "SELECT 'x'" });
    const error = Object.assign(new Error('failed'), { query: 'SELECT ?', parameters: ['x'], driverError });
    const line = JSON.stringify(redacted({ cause: error, list: [driverError] }));
    expect(line).not.toContain('x');
    expect(line).toContain('no such table');
  });

  it('redaction: a failed Redis command is logged without its arguments', () => {
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['user', 'hidden'] } });
    expect(JSON.stringify(redacted({ reason: error }))).not.toContain('hidden');
  });

  it('redaction: a line without secrets is returned unchanged', () => {
    const line = { requestId: '1', status: 200, err: new Error('a') };
    expect(redacted(line)).toBe(line);
  });

  it('redaction: other members of an object with a secret are kept', () => {
    const when = new Date(0);
    expect(redacted({ a: { token: 'x', url: '/', when }, tokens: 3, life: null })).toEqual({
      a: { token: '[redacted]', url: '/', when },
      tokens: '[redacted]',
      life: null,
    });
  });

  it('circular reference: an object that contains itself is redacted without an endless loop', () => {
    const own: Record<string, unknown> = { name: 'a' };
    own['own'] = own;
    expect(JSON.stringify(redacted({ own }))).toContain('[redacted]');
  });
});
