import { toTokenKey } from './token-key';

const terms = {
  tokenUrl: 'https://a/token',
  clientId: 'us',
  scope: undefined,
  audience: undefined,
  resources: [] as string[],
};

it('token key: it differs with every parameter of the token request, and equal requests have equal keys', () => {
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
