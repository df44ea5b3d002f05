/**
 * JSON that every parser reads alike: UTF-8 without a byte order mark, no name twice in an object (RFC 8259 §4), none
 * that leads to a prototype, not nested beyond reason. What is signed must not mean two things.
 */
const MAX_DEPTH = 64;

/**
 * Whole strings and structural characters. The closing quote is optional in the pattern, though JSON always has it: so no
 * text makes the expression go back.
 */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]:]/gs;

export type PlainJson = { readonly text: string; readonly value: unknown } | { readonly refusal: string };

/** A byte order mark stays, so that it is refused. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function parsePlainJson(bytes: Buffer): PlainJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { refusal: 'The body is not UTF-8' };
  }
  try {
    const value: unknown = JSON.parse(text);
    const refusal = refusalOf(text);
    return refusal === undefined ? { text, value } : { refusal };
  } catch {
    return { refusal: 'The body is not JSON' };
  }
}

/** An object that is open, with the name it has in the one around it. */
interface OpenObject {
  readonly under: string;
  readonly names: Set<string>;
}

/** Of a text that is JSON. */
function refusalOf(text: string): string | undefined {
  const levels: (OpenObject | undefined)[] = []; // undefined for an array
  let lastString = '';
  let lastName = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') levels.push({ under: lastName, names: new Set() });
    else if (token === '[') levels.push(undefined);
    else if (token === '}' || token === ']') levels.pop();
    else if (token !== ':') lastString = token;
    else {
      lastName = JSON.parse(lastString) as string;
      const refusal = refusalOfName(lastName, levels.at(-1));
      if (refusal !== undefined) return refusal;
    }
    if (levels.length > MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels deep`;
  }
  return undefined;
}

function refusalOfName(name: string, object: OpenObject | undefined): string | undefined {
  if (name === '__proto__') return 'The body has the name __proto__';
  if (name === 'prototype' && object?.under === 'constructor') return 'The body has a prototype of a constructor';
  if (object?.names.has(name) === true)
    return `The body has the name ${JSON.stringify(name.slice(0, 64))} twice in one object`;
  object?.names.add(name);
  return undefined;
}
