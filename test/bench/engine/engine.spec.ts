import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineCases, verifyCase } from './engine-cases';
import { createEngineData } from './engine-data';

describe('benchmark of the engine', () => {
  const data = createEngineData(20_000);
  const cases = engineCases(data);

  it('cases: the engine and the plain arrays return the same ids', () => {
    for (const each of cases) expect(() => verifyCase(each)).not.toThrow();
  });

  it('cases: a wrong result of either is an error', () => {
    const [first, last] = [cases[0]!, cases.at(-1)!];
    expect(() => verifyCase({ ...first, plain: () => [1] })).toThrow('different ids');
    expect(() => verifyCase({ ...last, plain: () => [...Array.from(last.plain())].reverse() })).toThrow(
      'different ids',
    );
  });

  it('data: they are the same in every run', () => {
    const again = createEngineData(20_000);
    expect(again.half.ids).toEqual(data.half.ids);
    expect(again.keys).toEqual(data.keys);
  });

  it('imports: values are imported by path, because compiled files cannot resolve an alias', () => {
    const sources = readdirSync(__dirname)
      .filter((file) => !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(__dirname, file), 'utf8'));
    expect(
      sources.flatMap((source) => source.match(/^import (?!type )[^;]* from '@(?:engine|catalogue)[^;]*;/gm) ?? []),
    ).toEqual([]);
  });
});
