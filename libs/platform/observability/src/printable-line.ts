/**
 * Escapes characters that can forge or hide text where a log is read: line separators, text direction and other invisible
 * marks, and control characters. `\u202e` in a JSON string is read back as the character, so the line stays valid.
 */

/** JSON has escaped the other control characters; a line feed ends the line. */
const MISLEADING = /[\x7f-\x9f\p{Zl}\p{Zp}\p{Cf}]/gu;

/** Nearly all lines are ASCII and cost this test only. */
const MAY_MISLEAD = /[^\x00-\x7e]/;

/** Of JSON, each as a whole. */
const ESCAPES = /\\(?:u[0-9a-f]{4}|.)/g;

export function printableLine(line: string): string {
  return MAY_MISLEAD.test(line) ? line.replace(MISLEADING, toEscape) : line;
}

/** As JSON writes it: in UTF-16 units. */
function toEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${hexOf(character.charCodeAt(at))}`).join('');
}

function hexOf(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}

/**
 * For the readable output, which decodes a JSON line and prints the strings as they are: escapes of characters that move
 * the cursor or cannot be seen are escaped once more, so that they are printed as escapes. Stack traces keep their lines.
 */
export function printableWhenDecoded(line: string): string {
  return printableLine(line).replace(ESCAPES, (escape) => (/^\\[bfru]/.test(escape) ? `\\${escape}` : escape));
}
