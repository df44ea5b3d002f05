import fc from 'fast-check';
import { toCategorySlug } from './category-slug';
import { containsAllTerms, toSearchTerms, toSearchText, wordsOf } from './search-terms';

/** Number of code points that are checked in one text. */
const BLOCK = 256;

describe('wordsOf', () => {
  it.each([
    ["Farmer's Crème-fraîche", ['farmers', 'creme', 'fraiche']],
    ['  Tomato,TOMATO;tomato ', ['tomato', 'tomato', 'tomato']],
    ['c++ user@example.com farm-local', ['c', 'user', 'example', 'com', 'farm', 'local']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['हापुस आम', ['हापुस', 'आम']],
    ['सब्ज़ी सब्जी सब्ज\u093cी', ['सब्जी', 'सब्जी', 'सब्जी']],
    ['गेहूँ गेहूं', ['गेहूं', 'गेहूं']],
    ['५ 5 ٥ ۵ ５', ['5', '5', '5', '5', '5']],
    ['SÜẞES süßes SÜSSES', ['susses', 'susses', 'susses']],
    ['Œufs œufs Smørrebrød Łódź Đà Lạt', ['oeufs', 'oeufs', 'smorrebrod', 'lodz', 'da', 'lat']],
    ['أرز إرز ارز أَرُزّ أرـــز', ['ارز', 'ارز', 'ارز', 'ارز', 'ارز']],
    ['آٹا ٱلتمر چینی چيني', ['اٹا', 'التمر', 'چيني', 'چيني']],
    ['שָׁלוֹם שלום', ['שלום', 'שלום']],
    ['d’olive d‘olive dʼolive d´olive d`olive d＇olive', Array<string>(6).fill('dolive')],
    ['½ kg', ['1', '2', 'kg']],
    ['%_* \u0301', []],
  ])('wordsOf: %j has the words %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('Devanagari: vowel signs distinguish Hindi words', () => {
    expect(wordsOf('दाल')).not.toEqual(wordsOf('दल'));
  });

  it('idempotence: words fold to themselves, for every assigned code point', () => {
    const wrong: string[] = [];
    for (let first = 0; first <= 0x10ffff; first += BLOCK) {
      const block = Array.from({ length: BLOCK }, (_, at) => String.fromCodePoint(first + at));
      const characters = block.filter((each) => /^[^\p{Unassigned}\p{Private_Use}\p{Surrogate}]$/u.test(each));
      const words = wordsOf(characters.map((each) => `a${each}b ${each}`).join(' ')).join(' ');
      if (wordsOf(words).join(' ') !== words) wrong.push(`${first.toString(16)} and the ${BLOCK - 1} after it`);
    }
    expect(wrong).toEqual([]);
  });

  it('idempotence: words and category slugs fold to themselves, for arbitrary text', () => {
    const marked = fc.constantFrom('\u0640', '\u0301', '\u093c', '\u3099', '\u094d', '\u064b', 'ß', 'Σ', 'ŉ', "'", 'İ');
    const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), marked)).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (each) => {
        const words = wordsOf(each);
        expect(wordsOf(words.join(' ')).join(' ')).toBe(words.join(' '));
        const slug = toCategorySlug(each);
        expect(toCategorySlug(slug)).toBe(slug);
      }),
      { numRuns: 10_000 },
    );
  });

  it('Unicode normalization: words do not depend on case or Unicode form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(wordsOf(text.normalize('NFD'))).toEqual(wordsOf(text.normalize('NFC')));
        expect(wordsOf(text.toUpperCase())).toEqual(wordsOf(text));
      }),
    );
  });

  it('LIKE wildcards: words contain only letters, digits and marks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
      }),
    );
  });
});

describe('search terms', () => {
  it('search terms: they are sorted, unique and without prefixes of other terms', () => {
    expect(toSearchTerms('tomato red Tom TOMATO re')).toEqual(['red', 'tomato']);
  });

  it('search terms: they do not depend on the order of the words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
        expect(toSearchTerms(words.join(' '))).toEqual(toSearchTerms(words.toReversed().join(' ')));
      }),
    );
  });

  it('prefix search: a text is found by every prefix of each of its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const searchText = toSearchText(text);
        for (const word of wordsOf(text)) {
          for (let length = 1; length <= word.length; length++)
            expect(containsAllTerms(searchText, [word.slice(0, length)])).toBe(true);
        }
      }),
    );
  });

  it.each([
    ["Huile d'olive", 'olive'],
    ["Huile d'olive", "d'olive"],
    ["Huile d'olive", 'd’oliv'],
    ['Olio dell’orto', 'orto'],
    ["Farmer's Choice", 'farmers'],
    ["Farmer's Choice", "farmer's"],
    ["Za'atar", 'zaatar'],
  ])('apostrophe: %s is found by %s', (text, search) => {
    expect(containsAllTerms(toSearchText(text), toSearchTerms(search))).toBe(true);
  });

  it('prefix search: a text is not found by the middle of a word', () => {
    expect(containsAllTerms(toSearchText('Cherry Tomato'), ['omato'])).toBe(false);
  });
});
