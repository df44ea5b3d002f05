/** The countable language rules of CONTRIBUTING.md, in apps, libs, test, docs and README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { proseOf, violationsIn } from './plain-language';

const root = resolve(__dirname, '../..');

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|md)$/.test(path))
    .map((path) => join(folder, path));
}

/** `libs/x.ts:12 [who: …] …` */
function violationsInFile(path: string): string[] {
  return violationsIn(proseOf(path, readFileSync(join(root, path), 'utf8'))).map(
    ({ line, rule, text }) => `${path}:${line} [${rule}] ${text}`,
  );
}

it.each(['apps', 'libs', 'test', 'docs'])('language: %s has no violation', (folder) => {
  const files = filesIn(folder).filter((path) => path !== 'test/architecture/language.spec.ts');
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap(violationsInFile)).toEqual([]);
});

it('language: README.md has no violation, at most 200 lines, and none of more than 160 columns', () => {
  expect(violationsInFile('README.md')).toEqual([]);
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n');
  expect(lines.length).toBeLessThanOrEqual(200);
  expect(lines.filter((line) => [...line].length > 160)).toEqual([]);
});

describe('language: a planted violation is reported', () => {
  const planted: readonly (readonly [kind: string, path: string, text: string])[] = [
    ['a comment', 'planted.ts', '/** He who waits may give up. */ export const a = 1;'],
    ['a comment between statements', 'planted.ts', 'const a = 1;\n// the caches are told of it\nconst b = 2;'],
    ['an error message', 'planted.ts', "throw new Error('nobody can be asked for a token');"],
    ['a log line', 'planted.ts', 'log(`the partner ${name} is not there any more`);'],
    ['a paragraph', 'planted.md', 'Redis is optional. What cannot be read\nis loaded again.'],
    ['a table cell', 'planted.md', '| a | b |\n| --- | --- |\n| Where it fails, nothing is lost | x |'],
    ['a long sentence', 'planted.md', `The worker ${'applies an event '.repeat(15)}and stops.`],
  ];

  it.each(planted)('%s', (_, path, text) => {
    expect(violationsIn(proseOf(path, text))).not.toEqual([]);
  });

  it('plain sentences, code, SQL and quotations are not reported', () => {
    const comment = '/** Rejects if the signal aborts; the shared request continues. `who` is a column. */';
    const statements = "const text = 'the shared request keeps running'; const sql = 'SELECT who FROM a WHERE b = 1';";
    expect(violationsIn(proseOf('plain.ts', `${comment}\n${statements}`))).toEqual([]);
    expect(violationsIn(proseOf('plain.md', 'Processes do not "tell".\n\n```sh\nwho\n```\n'))).toEqual([]);
  });
});
