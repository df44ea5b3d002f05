import { toTokenKey } from './token-key';

const terms = {
  tokenUrl: 'https://a/token',
  clientId: 'us',
  scope: undefined,
  audience: undefined,
  resources: [] as string[],
};

it('cache key: differs with the token URL, the client id, the scope, the audience and each resource', () => {
  const all = [
    terms,
    { ...terms, tokenUrl: 'https://b/token' },
    { ...terms, clientId: 'them' },
    { ...terms, scope: 'read' },
    { ...terms, audience: 'read' },
    { ...terms, scope: '' },
    { ...terms, scope: 'read","' },
    { ...terms, scope: 'read', audience: 'stock' },
    { ...terms, resources: ['https://a'] },
    { ...terms, resources: ['https://a', 'https://b'] },
  ];
  expect(new Set(all.map(toTokenKey)).size).toBe(all.length);
  expect(toTokenKey({ ...terms })).toBe(toTokenKey(terms));
});
