/**
 * Duration and memory of a partner sync into an empty catalogue and into a complete one, and of a file import of the
 * same products.
 */
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanUp } from '../support/clean-up';
import { createSqlite, openMysql, type TestDatabase } from '../support/databases';
import { build, start, type Running } from '../support/processes';
import { Sandbox } from '../support/sandbox';
import { startMysql } from '../support/servers/servers';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { step } from './progress';

interface Result {
  readonly name: string;
  readonly database: string;
  readonly seconds: number;
  /** Maximum resident memory in each quarter of the run, in MiB. */
  readonly memoryMib: readonly number[];
}

const MAX_PRODUCTS = 100_000;

/** Resolves to true. Throws if an import or a sync fails. */
export async function benchSync(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  await step('Building', build);
  const products = Math.min(options.rows, options.isQuick ? 10_000 : MAX_PRODUCTS);
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-bench-'));
  cleanUp.add(() => rm(directory, { recursive: true }));
  const sandbox = await step('Starting the sandbox', () => Sandbox.start('--products', String(products)));
  cleanUp.add(() => sandbox.stop());
  const file = join(directory, 'products.ndjson');
  await step(`Writing ${products} products to a file`, () => writeProducts(sandbox, file));
  const results: Result[] = [];
  for (const [name, open] of [['SQLite', createSqlite] as const, ['MariaDB', () => openServer(cleanUp)] as const]) {
    const measure = async (operation: string, args: readonly string[], database: TestDatabase) => {
      const environment = { NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true', ...database.environment };
      const run = () => measureProcess(start('cli', args, { ...environment, ...sandbox.environment }, directory));
      results.push({ name: operation, database: name, ...(await step(`${name}: ${operation}`, run)) });
    };
    const [synced, imported] = [await open(), await open()];
    for (const database of [synced, imported])
      await start('cli', ['migrate'], database.environment, directory).finished;
    await measure('import from a file', ['import', file], imported);
    await measure('sync into an empty catalogue', ['sync'], synced);
    await measure('full sync without changes', ['sync', '--since', '1970-01-01'], synced);
    await synced.drop();
    await imported.drop();
  }
  write(results, products, options.outDirectory);
  return true;
}

async function openServer(cleanUp: CleanUp): Promise<TestDatabase> {
  const server = await startMysql(['--innodb-buffer-pool-size=512M']);
  cleanUp.add(server.stop);
  return openMysql(new URL(server.url), 'farmlokal_sync');
}

/** Writes the products of the partner in the format of an import. */
async function writeProducts(sandbox: Sandbox, file: string): Promise<void> {
  const out = createWriteStream(file);
  for await (const { producer, ...product } of sandbox.products()) {
    const { name, place, latitude, longitude } = producer;
    out.write(`${JSON.stringify({ ...product, producer: name, place, latitude, longitude })}\n`);
  }
  await new Promise((done) => out.end(done));
}

/** Measures a process until its exit. Throws its output if it fails. */
async function measureProcess({ child, finished }: Running): Promise<Pick<Result, 'seconds' | 'memoryMib'>> {
  const startedMs = performance.now();
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(residentMib(child.pid)), 100);
  const { code, stdout, stderr } = await finished;
  clearInterval(sampling);
  if (code !== 0) throw new Error(stdout + stderr);
  const quarter = Math.ceil(samples.length / 4);
  const memoryMib = [0, 1, 2, 3].map((at) => Math.max(0, ...samples.slice(at * quarter, (at + 1) * quarter)));
  return { seconds: Math.round((performance.now() - startedMs) / 100) / 10, memoryMib };
}

/** Returns 0 if the process does not exist. */
function residentMib(pid = 0): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024);
  } catch {
    return 0;
  }
}

function write(results: readonly Result[], products: number, directory: string): void {
  mkdirSync(directory, { recursive: true });
  const report = { facts: machineFacts(), products, results };
  writeFileSync(join(directory, 'sync.json'), `${JSON.stringify(report, null, 2)}\n`);
  const lines = results.map(({ name, database, seconds, memoryMib }) => {
    const importSeconds = results.find((each) => each.database === database)?.seconds ?? seconds;
    return `| ${database} | ${name} | ${seconds} | ${(seconds / importSeconds).toFixed(2)} | ${memoryMib.join(', ')} |`;
  });
  const head = '| | | seconds | relative to import | memory by quarters, MiB |\n|---|---|---|---|---|';
  process.stdout.write(`${head}\n${lines.join('\n')}\n`);
}
