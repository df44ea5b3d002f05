import fc from 'fast-check';
import { containsAllTerms, toSearchTerms, toSearchText, wordsOf } from './search-terms';

describe('words of a text', () => {
  it.each([
    ["Farmer's Crème-fraîche", ['farmers', 'creme', 'fraiche']],
    ['  Tomato,TOMATO;tomato ', ['tomato', 'tomato', 'tomato']],
    ['c++ user@example.com farm-local', ['c', 'user', 'example', 'com', 'farm', 'local']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['हापुस आम', ['हापुस', 'आम']],
    ['½ kg', ['1', '2', 'kg']],
    ['%_* \u0301', []],
  ])('%j has %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('keep the vowel signs that tell Hindi words apart', () => {
    expect(wordsOf('दाल')).not.toEqual(wordsOf('दल'));
  });

  it('do not depend on case or Unicode form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(wordsOf(text.normalize('NFD'))).toEqual(wordsOf(text.normalize('NFC')));
        expect(wordsOf(text.toUpperCase())).toEqual(wordsOf(text));
      }),
    );
  });

  it('never hold a character that LIKE or the word separator would take for its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
      }),
    );
  });
});

describe('terms of a search', () => {
  it('are sorted, unique and without those another one implies', () => {
    expect(toSearchTerms('tomato red Tom TOMATO re')).toEqual(['red', 'tomato']);
  });

  it('are the same for every order of the words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
        expect(toSearchTerms(words.join(' '))).toEqual(toSearchTerms(words.toReversed().join(' ')));
      }),
    );
  });

  it('find a text by every beginning of each of its words', () => {
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

  it('do not find the middle of a word', () => {
    expect(containsAllTerms(toSearchText('Cherry Tomato'), ['omato'])).toBe(false);
  });
});
