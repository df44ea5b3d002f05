import { acceptsJson, preferredOf } from './accepted-types';

describe('Accept header', () => {
  it.each([
    [undefined],
    [''],
    ['text/html; q=1, application/json; q=0.1'],
    ['*/*'],
    ['application/*'],
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['text/html,application/xhtml+xml,*/*;q=0.8'],
    ['application/xml;q=0.9, application/json;q=0.1'],
  ])('content negotiation: Accept of %s allows JSON', (accept) => {
    expect(acceptsJson(accept)).toBe(true);
  });

  it.each([
    ['application/xml'],
    ['text/*'],
    ['application/json;q=0'],
    ['*/*;q=0'],
    ['*/*; q=0'],
    ['application/json ; q = 0'],
    ['application/json;q=0, */*'],
  ])('content negotiation: Accept of %s does not allow JSON', (accept) => {
    expect(acceptsJson(accept)).toBe(false);
  });

  it('content negotiation: the highest quality value wins, and the first type if they are equal', () => {
    const types = ['application/json', 'text/plain'] as const;
    expect(preferredOf(undefined, types)).toBe('application/json');
    expect(preferredOf('*/*', types)).toBe('application/json');
    expect(preferredOf('text/plain; q=0.5, application/json; q=0.9', types)).toBe('application/json');
    expect(preferredOf('text/plain;version=0.0.4;q=0.3, */*;q=0.1', types)).toBe('text/plain');
  });
});
