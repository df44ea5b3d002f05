/** The OpenAPI document is valid and complete, and every response matches it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EVENT_EFFECTS, type EventEffects } from '@testing/inbox';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { Contract, type DescribedOperation, type OpenApiDocument, type Parameter } from '../support/contract';
import { createSqlite } from '../support/databases';
import { runs } from '../support/runs';

describe('GET /openapi.json and /docs', () => {
  let catalogue: TestCatalogue;
  let document: OpenApiDocument;
  let contract: Contract;
  const inject = (options: InjectOptions) => catalogue.app.inject(options);

  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
    await catalogue.given(...Array.from({ length: 30 }, (_, at) => aProduct({ name: `Tomato ${at}` })));
    document = (await inject({ url: '/openapi.json' })).json<OpenApiDocument>();
    contract = new Contract(document);
  });
  afterAll(() => catalogue.close());

  it('OpenAPI document: it has version 3.1 and lists every route', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths).sort()).toEqual([
      '/categories',
      '/health',
      '/health/live',
      '/health/ready',
      '/health/startup',
      '/metrics',
      '/problems/{code}',
      '/products',
      '/products/{id}',
      '/products/{id}/availability',
      '/webhook',
    ]);
  });

  it('OpenAPI document: its licence is that of the repository', () => {
    expect(document.info.license).toEqual({ name: 'MIT', identifier: 'MIT' });
  });

  it('OpenAPI lint: the linter reports no error and no warning', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
    const file = join(directory, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));
    const quiet = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const lint = ['run', '--silent', 'lint:openapi', '--', file, '--format=json'];
    const { stdout: linted } = await promisify(execFile)('npm', lint, { env: quiet });
    rmSync(directory, { recursive: true });
    expect(JSON.parse(linted)).toMatchObject({ totals: { errors: 0, warnings: 0 } });
  });

  it('OpenAPI operations: each has a summary, one tag, a 200 response and its error responses', () => {
    for (const { operation } of contract.operations) {
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses['200']?.content).toBeDefined();
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['406', '503', 'default']));
    }
  });

  it('OpenAPI operations: their ids, which generated clients contain, are stable', () => {
    const ids = contract.operations.map(({ operation }) => operation.operationId).sort();
    expect(ids.join(' ')).toBe(
      'healthDetail healthLive healthReady healthStartup metricsGet problemsExplain ' +
        'productsGet productsGetAvailability productsList productsListCategories webhookReceive',
    );
  });

  it('OpenAPI parameters: GET /products describes its parameters, headers and problem responses', () => {
    const { parameters, responses } = document.paths['/products']!['get']!;
    expect(parameters.map(({ name }) => name).join(' ')).toBe(
      'limit page cursor sort order count ' +
        'search category minPrice maxPrice inStock producerId near radiusKm createdAfter createdBefore',
    );
    for (const parameter of parameters) {
      expect(parameter).toMatchObject({ in: 'query', required: false, description: expect.any(String) as string });
    }
    expect(Object.keys(responses['200']?.headers ?? {})).toEqual(
      expect.arrayContaining(['ETag', 'Cache-Status', 'Age', 'RateLimit', 'Link']),
    );
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '304', '400', '414', '429', '503']));
    expect(Object.keys(responses['400']?.content ?? {})).toEqual(['application/problem+json']);
  });

  const exampleOf = ({ example, schema }: Parameter) => example ?? schema.example;

  /** Returns the path filled with examples, and the query parameters that have an example. */
  function filled({ path, operation }: DescribedOperation) {
    const url = operation.parameters
      .filter((parameter) => parameter.in === 'path')
      .reduce((text, parameter) => text.replace(`{${parameter.name}}`, String(exampleOf(parameter))), path);
    const query = operation.parameters
      .filter((parameter) => parameter.in === 'query' && exampleOf(parameter) !== undefined)
      .map((parameter) => [parameter.name, String(exampleOf(parameter))] as [string, string]);
    return { url, query };
  }

  it('OpenAPI examples: each works alone and combined, and responses match their schema', async () => {
    for (const described of contract.operations.filter(({ method }) => method === 'get')) {
      const { url, query } = filled(described);
      for (const some of [[], ...query.map((one) => [one]), query]) {
        const response = await inject({ url, query: Object.fromEntries(some) });
        expect({ url, some, status: response.statusCode }).toEqual({ url, some, status: 200 });
        expect(contract.faultsOf(described, response)).toEqual([]);
      }
    }
  });

  it('OpenAPI examples: every event has one, and POST /webhook accepts it', async () => {
    const described = contract.operations.find(({ path }) => path === '/webhook')!;
    const examples = Object.entries(described.operation.requestBody?.content['application/json']?.examples ?? {});
    expect(examples.map(([name]) => name).sort()).toEqual(
      Object.keys(catalogue.app.get<EventEffects>(EVENT_EFFECTS, { strict: false }).handlers).sort(),
    );
    for (const [name, { value }] of examples)
      for (const status of [202, 200]) {
        const headers = { 'content-type': 'application/json', 'x-event-id': name };
        const response = await inject({ method: 'POST', url: '/webhook', headers, payload: JSON.stringify(value) });
        expect({ name, status: response.statusCode }).toEqual({ name, status });
        expect(contract.faultsOf(described, response)).toEqual([]);
      }
  });

  it('OpenAPI fuzzing: random requests cause no 5xx, and every response matches the document', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest(contract, filled), async ({ described, ...options }) => {
        await setImmediate(); // requests of real clients arrive in separate event loop iterations
        const response = await inject(options);
        expect(response.statusCode).toBeLessThan(500);
        expect(contract.faultsOf(described, response)).toEqual([]);
      }),
      runs(2_000),
    );
  });

  it.each([
    'swagger-ui.css.map',
    'swagger-ui-bundle.js.map',
    'package.json',
    'package%2ejson',
    'LICENSE',
    'README.md',
    'oauth2-redirect.html',
    'index.js',
    '/package.json',
    './package.json',
  ])('Swagger UI: /docs/%s is a 404 problem', async (file) => {
    for (const base of ['/docs', '/%64ocs']) {
      const { statusCode, headers } = await inject({ url: `${base}/${file}` });
      expect(statusCode).toBe(404);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('Swagger UI: /docs and its assets are served', async () => {
    expect((await inject({ url: '/docs' })).headers['content-type']).toMatch(/^text\/html/);
    for (const file of [
      'swagger-ui-bundle.js',
      'swagger-ui-standalone-preset.js',
      'swagger-ui.css',
      'favicon-32x32.png',
    ])
      expect((await inject({ url: `/docs/${file}` })).statusCode).toBe(200);
  });
});

type Filled = (described: DescribedOperation) => { url: string; query: [string, string][] };

/** Random request to any operation: examples, variations of them and nonsense in every part of the request. */
function anyRequest(
  contract: Contract,
  filled: Filled,
): fc.Arbitrary<InjectOptions & { described: DescribedOperation }> {
  return fc.constantFrom(...contract.operations).chain((described) => {
    const { url, query } = filled(described);
    const names = described.operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
    const bodies = Object.values(described.operation.requestBody?.content['application/json']?.examples ?? {});
    return fc.record({
      described: fc.constant(described),
      method: fc.constant(described.method.toUpperCase() as 'GET' | 'POST'),
      url: fc.tuple(anyPath(described.path, url), anyQuery(names, query)).map(([path, text]) => `${path}${text}`),
      headers: anyHeaders(),
      ...(bodies.length > 0 && { payload: anyBody(bodies.map(({ value }) => value)) }),
    });
  });
}

const anyText = () =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1e9',
      'NaN',
      'null',
      'true',
      "' OR 1=1 --",
      '%',
      '__proto__',
      '19.9,73.7',
      '9'.repeat(400),
    ),
    fc.integer().map(String),
    fc.double().map(String),
  );

function anyPath(template: string, example: string): fc.Arbitrary<string> {
  const made = anyText().map((text) => template.replaceAll(/\{\w+\}/g, encodeURIComponent(text) || '-'));
  return fc.oneof({ weight: 3, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: made });
}

function anyQuery(names: readonly string[], examples: [string, string][]): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names, 'unknown') },
    { weight: 1, arbitrary: anyText() },
  );
  const made = fc.tuple(name, anyText());
  const pair = examples.length === 0 ? made : fc.oneof(fc.constantFrom(...examples), made);
  const encoded = pair.map((parts) => parts.map((part) => encodeURIComponent(part)).join('='));
  const raw = fc.constantFrom('limit=%zz', '&&', 'a=b=c', 'limit[]=1', 'limit[a]=1', '%00=%00');
  const parts = fc.array(fc.oneof({ weight: 9, arbitrary: encoded }, { weight: 1, arbitrary: raw }), { maxLength: 4 });
  return parts.map((all) => (all.length === 0 ? '' : `?${all.join('&')}`));
}

function anyHeaders(): fc.Arbitrary<Record<string, string>> {
  const value = fc.oneof(
    fc.constantFrom('*/*', 'application/json', 'text/plain', 'gzip;q=x', '*', '"a", W/"b"', 'evt,1', 'x'.repeat(300)),
    fc.string({ maxLength: 20 }),
  );
  const names = [
    ...['accept', 'accept-encoding', 'if-none-match', 'x-request-id', 'traceparent', 'authorization', 'origin'],
    ...['content-type', 'x-event-id', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
  ];
  const mostlyRight = { 'content-type': 'application/json' };
  return fc
    .dictionary(fc.constantFrom(...names), value, { maxKeys: 3, noNullPrototype: true })
    .map((some) => ({ ...mostlyRight, ...some }));
}

function anyBody(examples: readonly object[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...examples), fc.constantFrom('event', 'id', 'version', 'data'), fc.jsonValue())
    .map(([example, name, value]) => JSON.stringify({ ...example, [name]: value }));
  return fc.oneof(changed, fc.json(), fc.string());
}
