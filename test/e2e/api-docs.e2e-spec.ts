import request from 'supertest';
import { EVENT_EFFECTS } from '../../libs/features/webhook/src/event-effect.provider';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: { readonly example?: unknown };
}

interface Operation {
  readonly summary?: string;
  readonly tags?: string[];
  readonly parameters: Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly examples: Record<string, { value: object }> }> };
  readonly responses: Record<string, { readonly content?: Record<string, unknown>; readonly headers?: object }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

describe('the API documentation', () => {
  let catalogue: TestCatalogue;
  let document: Document;
  const get = (path: string) => request(catalogue.app.getHttpServer()).get(path);
  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );

  const productList = () => {
    const operation = document.paths['/products']?.['get'];
    if (operation === undefined) throw new Error('GET /products is not documented');
    return operation;
  };

  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
    await catalogue.given(aProduct());
    document = (await get('/openapi.json').expect(200)).body as Document;
  });
  afterAll(() => catalogue.close());

  it('is OpenAPI 3.1 of every route', () => {
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

  it('describes every operation and its answer', () => {
    for (const { operation } of operations()) {
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses['200']?.content).toBeDefined();
    }
  });

  it('describes every parameter and problem of the list', () => {
    const parameters = productList().parameters;
    expect(parameters.map(({ name }) => name).join(' ')).toBe(
      'limit page cursor sort order search category minPrice maxPrice inStock producerId near radiusKm count',
    );
    for (const parameter of parameters) {
      expect(parameter).toMatchObject({ in: 'query', required: false, description: expect.any(String) as string });
    }
    const { responses } = productList();
    expect(Object.keys(responses['200']?.headers ?? {})).toEqual(
      expect.arrayContaining(['ETag', 'Cache-Status', 'Age', 'RateLimit', 'Link']),
    );
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['304', '429', '503']));
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '414']));
    expect(Object.keys(responses['400']?.content ?? {})).toEqual(['application/problem+json']);
  });

  it('has examples that work, one by one', async () => {
    for (const { path, operation } of operations().filter((each) => each.operation.requestBody === undefined)) {
      const exampleOf = ({ example, schema }: Parameter) => example ?? schema.example;
      const filled = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .reduce((url, parameter) => url.replace(`{${parameter.name}}`, String(exampleOf(parameter))), path);
      await get(filled).expect(200);
      for (const parameter of operation.parameters.filter(
        (each) => each.in === 'query' && exampleOf(each) !== undefined,
      )) {
        await get(`${filled}?${parameter.name}=${String(exampleOf(parameter))}`).expect(200);
      }
    }
  });

  it('has examples of every event, which are accepted', async () => {
    const { requestBody } = document.paths['/webhook']?.['post'] ?? {};
    const examples = Object.entries(requestBody?.content['application/json']?.examples ?? {});
    expect(examples.map(([name]) => name).sort()).toEqual(
      Object.keys(catalogue.app.get<object>(EVENT_EFFECTS, { strict: false })).sort(),
    );
    for (const [name, { value }] of examples)
      await request(catalogue.app.getHttpServer()).post('/webhook').set('x-event-id', name).send(value).expect(202);
  });

  it('can be read in a browser at /docs', async () => {
    await get('/docs')
      .expect(200)
      .expect('content-type', /^text\/html/);
    await get('/docs/swagger-ui-bundle.js').expect(200);
  });
});
