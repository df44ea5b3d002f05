/** Generated documents match the code and the benchmark results; `npm run docs` writes them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { configurationVariables } from '@testing/config';
import { benchmarkTables } from './documents/benchmarks';
import { configurationPage, documentedNames, envExample } from './documents/configuration';
import { errorsPage } from './documents/errors';

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const isWriting = process.env['FARMLOKAL_WRITE_DOCS'] === '1';

function expectGenerated(file: string, text: string): void {
  if (isWriting) writeFileSync(resolve(root, file), text);
  expect(read(file)).toBe(text);
}

it('docs/configuration.md: it is generated from the code', () =>
  expectGenerated('docs/configuration.md', configurationPage()));

it('.env.example: it is generated from the code', () => expectGenerated('.env.example', envExample()));

it('docs/errors.md: it is generated from the error catalogues', () => expectGenerated('docs/errors.md', errorsPage()));

it('configuration: every variable that is read is documented once, and no other', () => {
  expect([...documentedNames].sort()).toEqual([...configurationVariables('production').keys()].sort());
});

it.each(['README.md', 'docs/performance.md', 'docs/scaling.md'])(
  '%s: tables of benchmarks are included from docs/bench',
  (file) => {
    const tables = benchmarkTables((path) => JSON.parse(read(`docs/bench/${path}`)));
    const included = read(file).replace(
      /(<!-- bench:([\w-]+) -->)[^]*?(?=<!-- \/bench -->)/g,
      (_, marker: string, name: string) => `${marker}\n\n${tables[name] ?? `no table ${name}`}\n\n`,
    );
    expectGenerated(file, included);
  },
);

it('README: its files exist', () => {
  const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '');
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
});
