/** `search`: products that contain a word with each of these prefixes. */
import { areExact, containsAllTerms, toSearchTerms, wordRange } from '@catalogue';
import { joinSql, sql, type SqlFragment } from '@platform/database';
import { Rule, TextParameter } from '@platform/http';
import type { Condition, Filter } from './filter';

const MAX_LENGTH = 100;
const MAX_TERMS = 8;

class SearchParameters {
  @Rule(
    'too-many-words',
    (search) => toSearchTerms(String(search)).length <= MAX_TERMS,
    () => `search accepts at most ${MAX_TERMS} words`,
  )
  @Rule(
    'no-words',
    (search) => toSearchTerms(String(search)).length > 0,
    () => 'search must contain at least one letter or digit',
  )
  @TextParameter({
    maxLength: MAX_LENGTH,
    description: `Up to ${MAX_TERMS} words. Each must be a prefix of a word in the name or description: \`tom\` matches Tomato. Case, accents and punctuation are ignored.`,
    example: 'tomato',
  })
  readonly search?: string;
}

interface SearchValues {
  /** Each must be a prefix of a word of the product; from `toSearchTerms`. */
  readonly terms: readonly string[];
}

export const searchFilter: Filter<SearchParameters, SearchValues> = {
  parameters: SearchParameters,
  read: ({ search }) => ({ terms: search === undefined ? [] : toSearchTerms(search) }),
  toParameters: ({ terms }, { search }) => ({ search: toSearchParameter(terms, search) }),
  conditionOf: ({ terms }) =>
    terms.length === 0
      ? undefined
      : {
          sql: () => terms.map((term) => hasWord('search', term)),
          matches: ({ searchText }) => containsAllTerms(searchText, terms),
          readsText: true,
          sets: { within: terms.map((term) => [wordRange('word', term)]), isApproximate: !areExact(terms) },
        },
};

/** Restricts a list by the terms in the name of a product: no restriction, all terms, or not all terms. */
export type NameMatch = 'any' | 'all' | 'some-missing';

/** The condition that the name contains all terms, or not all of them; undefined for `any`. */
export function nameCondition({ terms }: SearchValues, nameMatch: NameMatch): Condition | undefined {
  if (nameMatch === 'any') return undefined;
  const tests = () =>
    joinSql(
      terms.map((term) => hasWord('name', term)),
      ' AND ',
    );
  const sets = terms.map((term) => [wordRange('name', term)]);
  const isApproximate = !areExact(terms);
  if (nameMatch === 'all')
    return {
      sql: () => [sql`(${tests()})`],
      matches: ({ nameText }) => containsAllTerms(nameText, terms),
      readsText: true,
      sets: { within: sets, isApproximate },
    };
  return {
    sql: () => [sql`NOT (${tests()})`],
    matches: ({ nameText }) => !containsAllTerms(nameText, terms),
    readsText: true,
    sets: isApproximate ? { isApproximate } : { without: sets }, // approximate sets would exclude matches
  };
}

/** Terms contain only letters, digits and marks, so no character needs escaping. */
function hasWord(text: 'search' | 'name', term: string): SqlFragment {
  const pattern = `% ${term}%`;
  return text === 'search' ? sql`p.search_text LIKE ${pattern}` : sql`p.name_text LIKE ${pattern}`;
}

/** Returns the search as the client wrote it if its folded words exceed the maximum length. */
function toSearchParameter(terms: readonly string[], search: string | undefined): string | undefined {
  const words = terms.join(' ');
  return search !== undefined && [...words].length > MAX_LENGTH ? search : words || undefined;
}
