import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { compileFunction } from 'node:vm';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import * as engine from './index';

/** Returns the TypeScript example of README.md. */
function readExample(): string {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  return /^```ts\n([^]*?)^```/m.exec(readme)?.[1] ?? '';
}

/** Runs a module that imports only `@engine/search`, and returns the lines that it logs. */
function run(typescript: string): string[] {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(typescript, { compilerOptions });
  const lines: string[] = [];
  const console = { log: (...values: unknown[]) => lines.push(format(...values)) };
  const requireEngine = (name: string) => {
    if (name !== '@engine/search') throw new Error(`the example must not import ${name}`);
    return engine;
  };
  const example = compileFunction(outputText, ['require', 'exports', 'console']) as (...values: unknown[]) => void;
  example(requireEngine, {}, console);
  return lines;
}

it('README: its example logs the lines that its comments state', () => {
  const example = readExample();
  const stated = [...example.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map(([, line]) => line);
  expect(stated).toHaveLength(example.split('console.log(').length - 1);
  expect(stated).toHaveLength(3);
  expect(run(example)).toEqual(stated);
});
