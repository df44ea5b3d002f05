/** Checks the Dockerfile, docker-compose.yml and render.yaml without a container engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseConfig } from '@testing/config';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { parse } from 'yaml';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** Returns true if the source file of a program in `dist` exists. */
const hasSource = (program: string) => existsSync(join(ROOT, program.replace(/^dist\/(.*)js$/, '$1ts')));

describe('container image', () => {
  const dockerfile = DockerfileParser.parse(read('Dockerfile'));
  const instructions = dockerfile.getInstructions();
  const lastStage = instructions.slice(instructions.findLastIndex((each) => each.getKeyword() === 'FROM'));
  const textOf = (instruction: Instruction | undefined) => instruction?.getRawArgumentsContent() ?? '';
  const inLastStage = (keyword: string) => lastStage.filter((each) => each.getKeyword() === keyword);

  it('distroless: the image has no shell, and no instruction needs one', () => {
    expect(textOf(lastStage[0])).toMatch(/^gcr\.io\/distroless\/nodejs\$\{NODE\}-debian12:nonroot$/);
    expect(inLastStage('RUN')).toEqual([]);
    for (const keyword of ['ENTRYPOINT', 'CMD']) {
      const [command] = inLastStage(keyword);
      expect([keyword, Array.isArray(JSON.parse(textOf(command)))]).toEqual([keyword, true]);
    }
  });

  it('non-root: the image runs as a numeric user id that is not root', () => {
    expect(inLastStage('USER').map(textOf)).toEqual(['65532:65532']);
  });

  it('build context: the copied paths exist and are exactly those sent to the build', () => {
    const sent = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? line.slice(1) : []));
    const copied = instructions
      .filter((each) => each.getKeyword() === 'COPY' && !each.toString().includes('--from='))
      .flatMap((each) => textOf(each).split(/\s+/).slice(0, -1));
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(new Set(copied)).toEqual(new Set(sent));
  });

  it('health check: its exit code follows the readiness of the service', async () => {
    const [, exec = ''] = /CMD\s+(\[[\s\S]*\])$/.exec(textOf(inLastStage('HEALTHCHECK')[0])) ?? [];
    const [node, ...args] = JSON.parse(exec) as string[];
    expect(node).toBe((JSON.parse(textOf(inLastStage('ENTRYPOINT')[0])) as string[])[0]);
    let status = 200;
    const requested: unknown[] = [];
    const service = createServer(({ url }, response) => {
      requested.push(url);
      response.writeHead(status).end();
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port } = service.address() as AddressInfo;
    const exitCode = async () => {
      const probe = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' });
      return (await once(probe, 'exit'))[0] as unknown;
    };
    expect(await exitCode()).toBe(0);
    status = 503;
    expect(await exitCode()).toBe(1);
    expect(requested).toEqual(['/health/ready', '/health/ready']);
    await new Promise((resolve) => service.close(resolve));
    expect(await exitCode()).toBe(1);
  });
});

interface ComposedService {
  readonly image: string;
  readonly environment?: Record<string, string>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

describe('docker compose', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposedService>;
  };
  const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('farmlokal'));
  const composed = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  const configOf = ({ environment = {} }: ComposedService) =>
    parseConfig(Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, composed(text)])), read);

  it('configuration: the docker compose environment is valid', () => {
    expect(configOf(services['api']!)).toMatchObject({ database: { host: 'mysql' }, redis: { kind: 'standalone' } });
  });

  it('depends_on: each service waits until the other is healthy or has completed', () => {
    for (const { depends_on = {} } of Object.values(services))
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const other = services[name];
        expect([name, other !== undefined]).toEqual([name, true]);
        const hasHealthCheck = other?.healthcheck?.disable !== true;
        expect([name, condition]).toEqual([
          name,
          hasHealthCheck ? 'service_healthy' : 'service_completed_successfully',
        ]);
      }
  });

  it('commands: docker compose starts programs that exist', () => {
    const programs = ours.flatMap(([, { command = [] }]) => command.filter((part) => part.startsWith('dist/')));
    expect(programs.length).toBeGreaterThan(2);
    expect(programs.filter((path) => !hasSource(path))).toEqual([]);
  });

  it('hardening: ports are open on loopback only, and our containers are read-only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((each) => !each.startsWith('127.0.0.1:'))).toEqual([]);
    expect(ours.filter(([, { read_only, volumes }]) => read_only !== true || volumes !== undefined)).toEqual([]);
  });

  it('graceful shutdown: the stop grace period is longer than the shutdown deadline', () => {
    const { shutdown } = configOf(services['api']!);
    expect(parseInt(services['api']?.stop_grace_period ?? '0', 10)).toBeGreaterThan(shutdown.deadlineSeconds);
  });
});

describe('Render', () => {
  interface Variable {
    readonly key: string;
    readonly value?: string;
  }
  const { services } = parse(read('deploy/render.yaml')) as {
    services: (Record<string, string> & { readonly envVars?: readonly Variable[] })[];
  };
  const web = services.find(({ type }) => type === 'web')!;

  it('configuration: the Render environment is valid with values of the owner, and allows graceful shutdown', () => {
    const given: Record<string, string> = {
      MYSQL_HOST: 'mysql.example',
      MYSQL_PORT: '12345',
      MYSQL_PASSWORD: 'x'.repeat(24),
      MYSQL_SSL_CA: '-----BEGIN CERTIFICATE-----',
      REDIS_URL: 'redis://red-abc:6379',
      WEBHOOK_SECRETS: `whsec_${Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 71) % 251)).toString('base64')}`,
      METRICS_TOKEN: 'x'.repeat(32),
      OAUTH_URL: 'https://login.partner.example/oauth/token',
      OAUTH_CLIENT_ID: 'farmlokal',
      OAUTH_CLIENT_SECRET: 'y'.repeat(32),
      PARTNER_API_URL: 'https://api.partner.example',
      WEBHOOK_CALLBACK_URL: 'https://farmlokal.example/webhook',
    };
    const environment = Object.fromEntries((web.envVars ?? []).map(({ key, value }) => [key, value ?? given[key]]));
    expect(Object.keys(given).filter((name) => !(name in environment))).toEqual([]);
    const { shutdown, ...config } = parseConfig(environment, read);
    expect(config).toMatchObject({ environment: 'production', database: { kind: 'mysql', port: 12_345 } });
    expect(Number(web['maxShutdownDelaySeconds'])).toBeGreaterThan(shutdown.deadlineSeconds);
  });

  it('commands: Render builds, migrates and starts with commands that exist', () => {
    expect(web['buildCommand']).toBe('npm install && npm run build');
    const programs = [web['startCommand'], web['preDeployCommand']].map((command) => command?.split(' ')[1] ?? '');
    expect(programs.filter((path) => !hasSource(path))).toEqual([]);
  });
});
