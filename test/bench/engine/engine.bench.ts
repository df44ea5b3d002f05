/**
 * The engine alone, in this process: sets, column filters and pages at one and ten million ids, beside the same
 * operations on plain arrays. Both return the same ids, which each run verifies first.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { machineFacts } from '../machine';
import type { BenchOptions } from '../options';
import { step } from '../progress';
import { engineCases, verifyCase, type EngineCase } from './engine-cases';
import { createEngineData } from './engine-data';

const SIZES = [1_000_000, 10_000_000];
const QUICK_SIZES = [1_000_000];

const WARM_UP_MS = 150;
/** A measurement ends after this time, but not before three runs. */
const MEASURED_MS = 400;
const MIN_RUNS = 3;
const MAX_RUNS = 1_000;

interface Median {
  readonly ms: number;
  readonly runs: number;
}

interface Figure {
  readonly name: string;
  readonly engine: Median;
  readonly method: string;
  readonly plain: Median;
  /** Time on plain arrays divided by that of the engine. */
  readonly ratio: number;
}

interface SizeResult {
  readonly ids: number;
  /** Milliseconds in which the column was sorted once, which the figures do not include. */
  readonly columnSortMs: number;
  readonly figures: readonly Figure[];
}

/** Resolves to true. Throws if the engine returns other ids than the plain arrays. */
export async function benchEngine(options: BenchOptions): Promise<boolean> {
  const results: SizeResult[] = [];
  for (const ids of options.isQuick ? QUICK_SIZES : SIZES) results.push(await measureSize(ids));
  write(results, options.outDirectory);
  return true;
}

async function measureSize(ids: number): Promise<SizeResult> {
  const data = await step(`Creating ${ids} ids`, () => createEngineData(ids));
  const figures: Figure[] = [];
  for (const each of engineCases(data)) figures.push(await step(each.name, () => measureCase(each)));
  return { ids, columnSortMs: rounded(data.sortMs), figures };
}

async function measureCase(each: EngineCase): Promise<Figure> {
  await setImmediate(); // an interrupt is processed between two cases
  verifyCase(each);
  const engine = median(each.engine);
  const plain = median(each.plain);
  return { name: each.name, engine, method: each.method, plain, ratio: rounded(plain.ms / engine.ms) };
}

function median(run: () => unknown): Median {
  repeat(run, WARM_UP_MS, 1);
  const tookMs = repeat(run, MEASURED_MS, MIN_RUNS).sort((a, b) => a - b);
  return { ms: rounded(tookMs[tookMs.length >>> 1] ?? 0), runs: tookMs.length };
}

function repeat(run: () => unknown, untilMs: number, minRuns: number): number[] {
  const tookMs: number[] = [];
  const beganMs = performance.now();
  for (let nowMs = beganMs; tookMs.length < MAX_RUNS && (tookMs.length < minRuns || nowMs - beganMs < untilMs);) {
    const startedMs = performance.now();
    run();
    nowMs = performance.now();
    tookMs.push(nowMs - startedMs);
  }
  return tookMs;
}

/** Three significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function write(results: readonly SizeResult[], directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'engine.json'), `${JSON.stringify({ facts: machineFacts(), results }, null, 2)}\n`);
  process.stdout.write(`${results.map(toTable).join('\n')}\n`);
}

function toTable({ ids, columnSortMs, figures }: SizeResult): string {
  const size = ids.toLocaleString('en-US');
  const lines = figures.map(
    ({ name, engine, plain, ratio, method }) =>
      `| ${name} | ${engine.ms} | ${plain.ms} | ${ratio} | ${method}; ${engine.runs}, ${plain.runs} |`,
  );
  const head = `| ${size} ids, median ms | engine | plain arrays | ratio | method on plain arrays; runs of both |\n|---|---|---|---|---|`;
  return `${head}\n${lines.join('\n')}\n\nThe column of ${size} ids was sorted once, in ${columnSortMs} ms.\n`;
}
