/**
 * Private database and Redis servers for a test run, on free ports and in a temporary directory. Sources in this order:
 * the server named by TEST_…_URL; a binary on this machine; the same after installation with apt, as root; a Docker
 * container. If none is available, an error names the packages to install. No test is skipped.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMysqlUp, isRedisUp } from '../probes';

export interface RunningServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

interface ServerKind {
  readonly name: string;
  readonly givenUrl: string | undefined;
  readonly binaries: readonly string[];
  readonly debianPackage: string;
  /** Initialises the data directory and returns the arguments to run the server with. */
  readonly prepare: (binary: string, directory: string, port: number) => readonly string[];
  readonly dockerArguments: (port: number) => readonly string[];
  readonly urlAt: (port: number) => string;
  readonly isUp: (url: string) => Promise<boolean>;
}

const mysql: ServerKind = {
  name: 'a MySQL or MariaDB server',
  givenUrl: process.env['TEST_MYSQL_URL'],
  binaries: ['mariadbd', 'mysqld'],
  debianPackage: 'mariadb-server',
  prepare: (binary, directory, port) => {
    const data = join(directory, 'data');
    // A server deletes the temporary files in its tmpdir when it starts, including those of another server.
    const common = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${directory}`, ...asRoot('--user=root')];
    if (binary.endsWith('mariadbd'))
      run('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db']);
    else run(binary, [...common, '--initialize-insecure']);
    return [
      ...common,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(directory, 'sock')}`,
      `--pid-file=${join(directory, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=2',
    ];
  },
  dockerArguments: (port) => [
    '-p',
    `127.0.0.1:${port}:3306`,
    '-e',
    'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1',
    'mariadb:10.11',
  ],
  urlAt: (port) => `mysql://root@127.0.0.1:${port}`,
  isUp: isMysqlUp,
};

const redis: ServerKind = {
  name: 'a Redis server',
  givenUrl: process.env['TEST_REDIS_URL'],
  binaries: ['redis-server'],
  debianPackage: 'redis-server',
  prepare: (_, directory, port) => [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ],
  dockerArguments: (port) => ['-p', `127.0.0.1:${port}:6379`, 'redis:7'],
  urlAt: (port) => `redis://127.0.0.1:${port}`,
  isUp: isRedisUp,
};

const START_TIMEOUT_MS = 60_000;

/** Passes `options` to the server. They do not apply to a server named by TEST_MYSQL_URL. */
export const startMysql = (options: readonly string[] = []) => start(mysql, options);
export const startRedis = () => start(redis);

/** Browser for the tests of Swagger UI. */
export const chromiumBinary = () =>
  binaryOf({ name: 'a Chromium', binaries: ['chromium', 'chromium-browser'], debianPackage: 'chromium' });

/** Load balancer for tests of several processes behind one URL. */
export const nginxBinary = () =>
  binaryOf({ name: 'nginx', binaries: ['nginx'], debianPackage: 'nginx', extraPackages: ['libnginx-mod-stream'] });

/** Galera; also installs the programs for the state transfer between its nodes. */
export function galeraLibrary(): string {
  binaryOf({ name: 'mariadb-backup', binaries: ['mariabackup'], debianPackage: 'mariadb-backup' });
  binaryOf({ name: 'socat', binaries: ['socat'], debianPackage: 'socat' });
  return binaryOf({ name: 'Galera', binaries: ['libgalera_smm.so'], debianPackage: 'galera-4' });
}

/** Binary for tests that kill or pause private servers. */
export const redisBinary = () => binaryOf(redis);

/** Initialises a data directory and returns the binary and its arguments. */
export function prepareMysql(directory: string, port: number): { binary: string; args: readonly string[] } {
  const binary = binaryOf(mysql);
  return { binary, args: mysql.prepare(binary, directory, port) };
}

interface Program extends Pick<ServerKind, 'name' | 'binaries' | 'debianPackage'> {
  /** Further Debian packages to install. */
  readonly extraPackages?: readonly string[];
}

function binaryOf(kind: Program): string {
  const binary = findBinary(kind.binaries) ?? install(kind);
  if (binary === undefined) throw new Error(`These tests need ${kind.binaries.join(' or ')} on this machine`);
  return binary;
}

async function start(kind: ServerKind, options: readonly string[] = []): Promise<RunningServer> {
  if (kind.givenUrl) return { url: kind.givenUrl, stop: () => Promise.resolve() };
  const port = await freePort();
  const binary = findBinary(kind.binaries) ?? install(kind);
  const server = binary === undefined ? startContainer(kind, port, options) : startProcess(kind, binary, port, options);
  const url = kind.urlAt(port);
  await untilUp(kind, url, server);
  return { url, stop: server.stop };
}

interface StartingServer {
  readonly hasEnded: () => boolean;
  readonly log: string;
  readonly stop: () => Promise<void>;
}

function startProcess(kind: ServerKind, binary: string, port: number, options: readonly string[]): StartingServer {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const log = join(directory, 'log');
  const output = openSync(log, 'a');
  const args = [...kind.prepare(binary, directory, port), ...options];
  const child = spawn(binary, args, { stdio: ['ignore', output, output] });
  const stop = async () => {
    await stopProcess(child);
    rmSync(directory, { recursive: true, force: true });
  };
  return { hasEnded: () => child.exitCode !== null, log, stop };
}

function startContainer(kind: ServerKind, port: number, options: readonly string[]): StartingServer {
  const id = run('docker', ['run', '--rm', '-d', ...kind.dockerArguments(port), ...options]).trim();
  return {
    hasEnded: () => false,
    log: `docker logs ${id}`,
    stop: () => Promise.resolve(void run('docker', ['stop', id])),
  };
}

async function untilUp(kind: ServerKind, url: string, server: StartingServer): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await kind.isUp(url))) {
    if (server.hasEnded() || performance.now() > deadline)
      throw new Error(`${kind.name} did not start; see ${server.log}`);
    await delay(50);
  }
}

/** Searches PATH and the sbin directories, in which Debian installs servers. */
function findBinary(names: readonly string[]): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/lib/galera'];
  return names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((path) => existsSync(path));
}

function install({ name, binaries, debianPackage, extraPackages = [] }: Program): string | undefined {
  if (isRoot() && findBinary(['apt-get'])) {
    process.stderr.write(`Installing ${debianPackage} for the tests …\n`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], environment);
    const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
    run('apt-get', ['install', ...options, debianPackage, ...extraPackages], environment);
    return findBinary(binaries);
  }
  if (hasDocker()) return undefined;
  throw new Error(
    `The tests need ${name}: install ${binaries.join(' or ')} (Debian: apt-get install ${debianPackage}), or start Docker, or name a server in TEST_MYSQL_URL or TEST_REDIS_URL.`,
  );
}

function hasDocker(): boolean {
  try {
    run('docker', ['info']);
    return true;
  } catch {
    return false;
  }
}

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  return execFileSync(command, args, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function asRoot(option: string): string[] {
  return isRoot() ? [option] : [];
}
