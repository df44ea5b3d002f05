/** The countable part of the language rules in CONTRIBUTING.md. */
import ts from 'typescript';

export interface Prose {
  readonly line: number;
  readonly text: string;
}

export interface Violation extends Prose {
  readonly rule: string;
}

/** About twenty words are the aim; a longer sentence than this holds two ideas. */
const MAX_SENTENCE_WORDS = 40;

/** The words that each rule forbids, and the words to write instead. */
const RULES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(?:who|whoever|whom)\b/i, 'name the part of the system, or write "that"'],
  [/(?:^|[.;] )(?:what|whatever)\b(?![^.]*\?)/i, 'begin the sentence with the thing that it is about'],
  [/\b(?:somebody|nobody|anybody|everybody|everyone)\b/i, 'name the part of the system: a caller, a process, a client'],
  [/\b(?:he|his|him)\b/i, 'a machine is "it"'],
  [/\b(?:tells?|told|telling|untold)\b/i, 'publish, report, return or notify'],
  [/\b(?:hears?|heard)\b/i, 'receive'],
  [/\b(?:knows|likes|wants|wishes|owes?|owed)\b/i, 'store, read, require or need'],
  [/(?:^|[.;] )where\b/i, 'if'],
  [/\bwhere (?:there|that|nothing|none|no)\b/i, 'if'],
  [/\bbe had\b/i, 'is available, can be requested'],
  [/\b(?:is|are|was|were) (?:not )?there\b/i, 'exists, is available'],
  [/\b(?:go|goes|going) on\b/i, 'continue'],
  [/\b(?:do|does|did|done) without\b/i, 'work without, skip'],
  [/\b(?:is|are|was|were|be|been|being) asked\b/i, 'is called, queried or requested'],
];

/** Comments and sentences in string literals of a TypeScript file; paragraphs and table cells of a Markdown file. */
export function proseOf(path: string, text: string): Prose[] {
  return path.endsWith('.md') ? markdownProse(text) : typescriptProse(text);
}

/** Returns each broken rule with its sentence: nothing for `The worker retries.`, one entry for `He retries.` */
export function violationsIn(prose: readonly Prose[]): Violation[] {
  return prose.flatMap((each) => [
    ...RULES.flatMap(([pattern, instead]) => {
      const found = pattern.exec(each.text);
      return found === null ? [] : [{ ...each, rule: `${found[0].trim()}: ${instead}` }];
    }),
    ...sentencesOf(each.text)
      .filter((sentence) => sentence.split(/\s+/).length > MAX_SENTENCE_WORDS)
      .map(() => ({ ...each, rule: `a sentence of more than ${MAX_SENTENCE_WORDS} words: split it` })),
  ]);
}

function sentencesOf(text: string): string[] {
  return text.split(/[.;:!?](?=\s|$)/);
}

function typescriptProse(text: string): Prose[] {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  const found: Prose[] = [];
  const add = (at: number, words: string) =>
    found.push({ line: source.getLineAndCharacterOfPosition(at).line + 1, text: words });
  const seen = new Set<number>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(text, node.pos) ?? []) addComment(pos, end);
    for (const { pos, end } of ts.getTrailingCommentRanges(text, node.end) ?? []) addComment(pos, end);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      if (isSentence(node.text)) add(node.getStart(), node.text);
    ts.forEachChild(node, visit);
  };
  const addComment = (pos: number, end: number) => {
    if (seen.has(pos)) return;
    seen.add(pos);
    add(
      pos,
      withoutCode(
        text
          .slice(pos, end)
          .replace(/^\/\*+|\*+\/$|^\/\//g, '')
          .replace(/\n\s*\*?/g, ' ')
          .trim(),
      ),
    );
  };
  visit(source);
  return found;
}

/** A text with spaces that is neither SQL, Lua nor a pattern. */
function isSentence(text: string): boolean {
  return /[a-z]{2} [a-z]+ [a-z]/.test(text) && !/\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|redis\.)\b|\n/.test(text);
}

function withoutCode(text: string): string {
  return text.replace(/`[^`]*`|"[^"]*"/g, 'code').replace(/https?:\S+/g, 'link');
}

function markdownProse(text: string): Prose[] {
  const lines = text.replace(/^```[^]*?^```/gm, (block) => block.replace(/.*/g, '')).split('\n');
  const found: { line: number; text: string }[] = [];
  let isParagraph = false;
  for (const [at, raw] of lines.entries()) {
    const line = withoutCode(raw).trim();
    if (line.startsWith('|'))
      for (const cell of line.split('|').map((each) => each.trim())) found.push({ line: at + 1, text: cell });
    else if (isParagraph && line !== '' && !/^(?:[-*#>]|\d+\.) ?/.test(line)) found.at(-1)!.text += ` ${line}`;
    else if (line !== '' && !line.startsWith('#'))
      found.push({ line: at + 1, text: line.replace(/^(?:[-*#>]+|\d+\.) /, '') });
    isParagraph = line !== '' && !line.startsWith('|') && !line.startsWith('#');
  }
  return found;
}
