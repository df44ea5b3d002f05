/**
 * JSON with one meaning for every parser, as signed content requires: UTF-8 without a byte order mark, no duplicate
 * names (RFC 8259 §4), no names that allow prototype pollution, limited nesting.
 */
const MAX_DEPTH = 64;

/**
 * Whole strings and structural characters. The closing quote is optional in the pattern only to prevent backtracking.
 */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]:]/gs;

export type PlainJson = { readonly text: string; readonly value: unknown } | { readonly fault: string };

/** Keeps a byte order mark, so that JSON.parse rejects it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `{"a":1}` → `{ text: '{"a":1}', value: { a: 1 } }`; `{"a":1,"a":2}` → `{ fault: … }` */
export function parsePlainJson(bytes: Buffer): PlainJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { fault: 'The body is not UTF-8' };
  }
  try {
    const value: unknown = JSON.parse(text);
    const fault = findFault(text);
    return fault === undefined ? { text, value } : { fault };
  } catch {
    return { fault: 'The body is not JSON' };
  }
}

/** Object whose end is not yet reached, with its name in the parent. */
interface OpenObject {
  readonly parentName: string;
  readonly names: Set<string>;
}

/** Requires valid JSON. Returns the first fault. */
function findFault(text: string): string | undefined {
  const levels: (OpenObject | undefined)[] = []; // undefined for an array
  let lastString = '';
  let lastName = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') levels.push({ parentName: lastName, names: new Set() });
    else if (token === '[') levels.push(undefined);
    else if (token === '}' || token === ']') levels.pop();
    else if (token !== ':') lastString = token;
    else {
      lastName = JSON.parse(lastString) as string;
      const fault = findFaultOfName(lastName, levels.at(-1));
      if (fault !== undefined) return fault;
    }
    if (levels.length > MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels`;
  }
  return undefined;
}

function findFaultOfName(name: string, object: OpenObject | undefined): string | undefined {
  if (name === '__proto__') return 'The body has the name __proto__';
  if (name === 'prototype' && object?.parentName === 'constructor')
    return 'The body has the name prototype in a constructor';
  if (object?.names.has(name) === true)
    return `The body has the name ${JSON.stringify(name.slice(0, 64))} twice in one object`;
  object?.names.add(name);
  return undefined;
}
