/**
 * Compares the manifests with the types of the Kubernetes API and with the configuration and shutdown of the service.
 * The patches (RFC 6902) and variables of the overlays are applied first.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configurationVariables, parseConfig } from '@testing/config';
import { MIN_WRITERS } from '@testing/database';
import { parse, parseAllDocuments } from 'yaml';
import { faultsOf, type Manifest } from '../support/manifest-faults';

const DIRECTORY = join(__dirname, '../../deploy/kubernetes');
/** Default of max_connections in MySQL and MariaDB. */
const MAX_CONNECTIONS = 151;
const SECRETS = '/run/secrets/farmlokal/';

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly [{ readonly literals: readonly string[] }];
  readonly patches?: readonly { readonly path: string; readonly target: { kind: string; name: string } }[];
}

interface Container {
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}

interface PodSpec {
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
}

function read(path: string): unknown {
  return parse(readFileSync(join(DIRECTORY, path), 'utf8'));
}

/** Renders the base or an overlay: applies patches and collects variables. */
function render(place: string): { manifests: Manifest[]; variables: Record<string, string> } {
  const base = read('base/kustomization.yaml') as Kustomization;
  const manifests = base.resources.map((path) => read(`base/${path}`) as Manifest);
  const own = place === 'base' ? base : (read(`${place}/kustomization.yaml`) as Kustomization);
  for (const { path, target } of own.patches ?? [])
    for (const each of manifests.filter(({ kind, metadata }) => kind === target.kind && metadata.name === target.name))
      for (const operation of read(`${place}/${path}`) as PatchOperation[]) apply(operation, each);
  const literals = [base, own].flatMap(({ configMapGenerator: [{ literals }] }) => literals);
  const variables = Object.fromEntries(literals.map((each) => each.split(/=(.*)/s).slice(0, 2) as [string, string]));
  return { manifests, variables };
}

interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** Applies a patch operation (RFC 6902 §4.1, §4.3). Supports only the cases in the overlays: members and array ends. */
function apply({ op, path, value }: PatchOperation, manifest: Manifest): void {
  const names = path.split('/').slice(1);
  const last = names.pop() ?? '';
  let place: unknown = manifest;
  for (const name of names) place = (place as Record<string, unknown> | undefined)?.[name];
  if (op === 'add' && last === '-' && Array.isArray(place)) place.push(value);
  else if (op === 'replace' && typeof place === 'object' && place !== null && last in place)
    (place as Record<string, unknown>)[last] = value;
  else throw new Error(`${op} ${path} does not apply to ${manifest.kind}`);
}

const PLACES = ['base', ...readdirSync(join(DIRECTORY, 'overlays')).map((name) => `overlays/${name}`)];

describe('Kubernetes manifests', () => {
  it('kustomization: every manifest is applied', () => {
    const files = readdirSync(join(DIRECTORY, 'base')).filter((name) => name !== 'kustomization.yaml');
    expect((read('base/kustomization.yaml') as Kustomization).resources.toSorted()).toEqual(files.toSorted());
    for (const name of files)
      expect(parseAllDocuments(readFileSync(join(DIRECTORY, 'base', name), 'utf8'))).toHaveLength(1);
  });

  it('Kubernetes API: every manifest matches its types', () => {
    const manifests = PLACES.flatMap((place) => render(place).manifests.map((each) => ({ place, each })));
    expect(faultsOf(manifests)).toEqual([]);
  });

  it('Kubernetes API: an unknown field and a value of another type are reported', () => {
    const budget = render('base').manifests.find(({ kind }) => kind === 'PodDisruptionBudget')!;
    const withSpec = (spec: object) => faultsOf([{ place: 'test', each: { ...budget, spec } }]).join();
    expect(withSpec({ maxUnavailible: 1 })).toContain('maxUnavailible');
    expect(withSpec({ selector: { matchLabels: { a: 1 } } })).toContain("'number' is not assignable to type 'string'");
  });
});

describe.each(PLACES)('Kubernetes deployment of %s', (place) => {
  const { manifests, variables } = render(place);
  const specOf = (kind: string) => manifests.find((each) => each.kind === kind)?.spec;
  const podOf = (kind: 'Deployment' | 'Job') => (specOf(kind) as { template: { spec: PodSpec } }).template.spec;

  const configOf = (kind: 'Deployment' | 'Job') => {
    const files = podOf(kind).containers[0].env.map(({ name, value }) => [name, value] as const);
    expect(files.filter(([, path]) => !path.startsWith(SECRETS))).toEqual([]);
    return parseConfig({ ...variables, ...Object.fromEntries(files) }, secretOf);
  };

  it('configuration: the environments of the service and its migration are valid', () => {
    expect(configOf('Deployment').environment).toBe('production');
    expect(configOf('Job').database).toEqual(configOf('Deployment').database);
  });

  it('configuration: every variable in the manifests is read by the service', () => {
    const known = new Set(configurationVariables('production').keys());
    const configured = [...Object.keys(variables), ...podOf('Deployment').containers[0].env.map(({ name }) => name)];
    expect(configured.filter((name) => !known.has(name.replace(/_FILE$/, '')))).toEqual([]);
  });

  it('labels: Service, disruption budget, monitor and autoscaler select the deployment', () => {
    const { metadata } = (specOf('Deployment') as { template: { metadata: { labels: Record<string, string> } } })
      .template;
    const service = specOf('Service') as { selector: object; ports: readonly { name: string; targetPort: string }[] };
    expect(specOf('Deployment')).toMatchObject({ selector: { matchLabels: metadata.labels } });
    expect(service.selector).toEqual(metadata.labels);
    expect(specOf('PodDisruptionBudget')).toMatchObject({ selector: { matchLabels: metadata.labels } });
    expect(specOf('ServiceMonitor')).toMatchObject({ selector: { matchLabels: metadata.labels } });
    expect(specOf('ServiceMonitor')).toMatchObject({ endpoints: [{ port: service.ports[0]?.name }] });
    expect(podOf('Deployment').containers[0].ports?.map(({ name }) => name)).toEqual([service.ports[0]?.targetPort]);
    expect(specOf('HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'farmlokal' },
    });
  });

  it('max_connections: all pods stay below the MySQL default, and service links are off', () => {
    expect(podOf('Deployment').enableServiceLinks).toBe(false);
    expect(podOf('Job').enableServiceLinks).toBe(false);
    const { database } = configOf('Deployment');
    const scaler = specOf('HorizontalPodAutoscaler') as { maxReplicas: number };
    const reads = database.kind === 'mysql' ? database.poolSize : 0;
    const pods = scaler.maxReplicas + 1; // a rolling update adds one
    expect(pods * (reads + Math.max(reads, MIN_WRITERS))).toBeLessThan(MAX_CONNECTIONS);
  });

  it('graceful shutdown: the grace period is longer than the preStop sleep and the shutdown deadline', () => {
    const { terminationGracePeriodSeconds, containers } = podOf('Deployment');
    const { shutdown } = configOf('Deployment');
    const waits = containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
    expect(waits).toBeGreaterThan(0);
    expect(terminationGracePeriodSeconds).toBeGreaterThan(waits + shutdown.deadlineSeconds);
  });

  it('health probes: the three probes use the health paths and the port of the service', () => {
    const [{ startupProbe, livenessProbe, readinessProbe, ports }] = podOf('Deployment').containers;
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet.path)).toEqual([
      '/health/startup',
      '/health/live',
      '/health/ready',
    ]);
    expect(ports).toEqual([{ name: 'http', containerPort: configOf('Deployment').http.port }]);
  });
});

/** Returns an artificial value for a Secret. */
function secretOf(path: string): string {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 71) % 251)).toString('base64');
  return basename(path) === 'webhook-secrets' ? `whsec_${bytes}` : bytes;
}
