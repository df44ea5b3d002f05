import fc from 'fast-check';
import { parsePlainJson } from './plain-json';

const parse = (text: string) => parsePlainJson(Buffer.from(text));

describe('webhook body as plain JSON', () => {
  it('valid JSON: every value without __proto__ members is parsed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        fc.pre(!text.includes('"__proto__":') && !text.includes('"__proto__" :'));
        expect(parse(text)).toEqual({ text, value: JSON.parse(text) as unknown });
      }),
    );
  });

  it('valid JSON: punctuation inside strings is not structure', () => {
    const texts = ['":', '{', '[[', '\\"', '\\\\', '}:{', '"a":1,"a":2'];
    for (const text of texts) expect(parse(JSON.stringify({ [text]: text, other: [text] }))).toHaveProperty('value');
  });

  it.each([
    ['{"a":1,"a":2}', 'twice'],
    ['{"a":{"b":1,"b":1}}', 'twice'],
    ['[{"a":1},{"a":1,"b":{"c":1},"\\u0061":2}]', 'twice'],
    ['{"__proto__":1}', '__proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', '__proto__'],
    ['{"constructor":{"a":1,"prototype":{}}}', 'prototype'],
    ['['.repeat(65) + ']'.repeat(65), 'nested'],
    ['{"a":'.repeat(100_000), 'not JSON'],
    ['['.repeat(130_000) + ']'.repeat(130_000), 'nested'],
    ['', 'not JSON'],
    ['\ufeff{}', 'not JSON'],
    ['{} {}', 'not JSON'],
  ])('duplicate members, prototype pollution, depth, syntax: body %# is rejected with its reason', (text, reason) => {
    expect(parse(text)).toEqual({ fault: expect.stringContaining(reason) as string });
  });

  it('duplicate members: the same name at different levels and 64 levels of nesting are accepted', () => {
    expect(parse('{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}')).toHaveProperty('value');
    expect(parse('{"constructor":1,"prototype":{"prototype":2}}')).toHaveProperty('value');
    expect(parse('['.repeat(64) + ']'.repeat(64))).toHaveProperty('value');
  });

  it('UTF-8: a body with invalid bytes is rejected', () => {
    expect(parsePlainJson(Buffer.from([0x22, 0xe9, 0x22]))).toEqual({ fault: 'The body is not UTF-8' });
    expect(parsePlainJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toEqual({ fault: 'The body is not UTF-8' });
  });
});
