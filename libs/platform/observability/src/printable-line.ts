/**
 * Prevents log injection: escapes characters that can forge or hide text in a viewer: line separators, direction marks,
 * other invisible characters and control characters. A JSON parser decodes `\u202e`, so the line stays valid.
 */

/** Without the control characters that JSON escapes, and the line feed that ends a line. */
const MISLEADING = /[\x7f-\x9f\p{Zl}\p{Zp}\p{Cf}]/gu;

/** Fast check: nearly all lines are ASCII. */
const MAY_MISLEAD = /[^\x00-\x7e]/;

/** Escape sequences of JSON. */
const ESCAPES = /\\(?:u[0-9a-f]{4}|.)/g;

export function printableLine(line: string): string {
  return MAY_MISLEAD.test(line) ? line.replace(MISLEADING, toEscape) : line;
}

/** JSON escapes of the UTF-16 units of a character. */
function toEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${toHex(character.charCodeAt(at))}`).join('');
}

function toHex(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}

/**
 * Escapes a line for the readable output, which decodes JSON strings before it prints them. Escapes of cursor movements
 * and invisible characters are escaped twice, so that they are printed as escapes. Stack traces keep their line breaks.
 */
export function printableWhenDecoded(line: string): string {
  return printableLine(line).replace(ESCAPES, (escape) => (/^\\[bfru]/.test(escape) ? `\\${escape}` : escape));
}
