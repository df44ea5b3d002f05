import fc from 'fast-check';
import { toTokenRequest, type TokenRequestTerms } from './token-request';

const terms: TokenRequestTerms = {
  clientId: 'farmlokal',
  clientAuth: 'basic',
  scope: undefined,
  audience: undefined,
  resources: [],
};

const credentialsOf = (clientId: string, secret: string) => {
  const { headers } = toTokenRequest({ ...terms, clientId }, secret);
  return Buffer.from(headers['authorization']!.replace(/^Basic /, ''), 'base64').toString();
};

describe('token request', () => {
  it('client_secret_basic: credentials are in the header; scope, audience and resources in the form', () => {
    const resources = ['https://api.example/a', 'https://api.example/b'];
    const { headers, body } = toTokenRequest(
      { ...terms, scope: 'read write', audience: 'stock', resources },
      'not-a-secret',
    );
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from('farmlokal:not-a-secret').toString('base64')}`,
    });
    expect([...new URLSearchParams(body)]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'read write'],
      ['audience', 'stock'],
      ['resource', 'https://api.example/a'],
      ['resource', 'https://api.example/b'],
    ]);
  });

  it('client_secret_post: credentials are in the form only', () => {
    const { headers, body } = toTokenRequest({ ...terms, clientAuth: 'post' }, 'a b+c&d');
    expect(headers).not.toHaveProperty('authorization');
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      client_id: 'farmlokal',
      client_secret: 'a b+c&d',
    });
  });

  it('form encoding: safe characters stay unescaped, for servers that do not decode', () => {
    expect(credentialsOf('9f1c-4a.b_c~d*', 'Ab9~.-_*')).toBe('9f1c-4a.b_c~d*:Ab9~.-_*');
    expect(credentialsOf('a:b', "p%+ !'()ü")).toBe('a%3Ab:p%25%2B+%21%27%28%29%C3%BC');
  });

  it('form encoding: any credentials decode to the original ones', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, (clientId, secret) => {
        const decoded = credentialsOf(clientId, secret)
          .split(':')
          .map((each) => new URLSearchParams(`x=${each}`).get('x'));
        expect(decoded).toEqual([clientId, secret]);
      }),
    );
  });
});
