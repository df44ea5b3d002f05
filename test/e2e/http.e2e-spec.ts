/** Behaviour common to all routes: problem details, methods, request ids, validators and content codings. */
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

describe('HTTP', () => {
  let catalogue: TestCatalogue;
  const http = () => request(catalogue.app.getHttpServer());

  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
    await catalogue.given(...Array.from({ length: 30 }, (_, i) => aProduct({ name: `Tomato ${i}` })));
    await catalogue.app.listen(0, '127.0.0.1');
  });
  afterAll(() => catalogue.close());

  /** Sends raw bytes, which HTTP clients would refuse to send. */
  function send(bytes: string): Promise<string> {
    const { port } = catalogue.app.getHttpServer().address() as AddressInfo;
    return new Promise((resolve, reject) => {
      let response = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (data) => (response += data.toString()));
      socket.on('close', () => resolve(response)).on('error', reject);
    });
  }

  describe('problem details', () => {
    it('problem details: an unknown route gets a 404 with type, title, detail and request id', async () => {
      const response = await http()
        .get('/nothing')
        .expect(404)
        .expect('content-type', /^application\/problem\+json/);
      expect(response.body).toEqual({
        type: '/problems/route-not-found',
        title: 'No resource exists at this URL',
        status: 404,
        detail: 'This service has no resource at this URL.',
        instance: response.get('x-request-id'),
        code: 'route-not-found',
      });
    });

    it.each(['post', 'put', 'patch', 'delete'] as const)(
      'method not allowed: %s /products gets a 405 with Allow',
      async (method) => {
        const response = await http()[method]('/products').expect(405).expect('allow', 'GET, HEAD');
        expect(response.body).toMatchObject({ code: 'method-not-allowed', status: 405 });
      },
    );

    it.each([
      ['a broken path', 'GET /products/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400, 'malformed-request'],
      ['bytes that are not HTTP', 'nonsense\r\n\r\n', 400, 'malformed-request'],
      [
        'headers beyond 16 KiB',
        `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
        431,
        'headers-too-large',
      ],
      [
        'a long path',
        `GET /products/${'1'.repeat(200)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
        414,
        'address-too-long',
      ],
    ])('problem details: %s gets a problem response with a request id', async (_, bytes, status, code) => {
      const response = await send(bytes);
      expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(response.toLowerCase()).toContain('content-type: application/problem+json');
      expect(response).toContain(`"code":"${code}"`);
      expect(response).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/);
    });

    it.each(['/docs/%00', '/docs/..%2f..%2fpackage.json', '/docs/none.js'])(
      'Swagger UI: the file %s gets a 400 or 404 problem, not a 500',
      async (path) => {
        const { statusCode, headers } = await catalogue.app.inject({ method: 'GET', url: path });
        expect([400, 404]).toContain(statusCode);
        expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      },
    );

    it('internal error: the message of an unexpected exception is not disclosed', async () => {
      const failing = jest.spyOn(catalogue.dataSource.driver, 'createQueryRunner').mockImplementation(() => {
        throw new Error('secret detail');
      });
      const { text } = await http().get('/categories').expect(500);
      failing.mockRestore();
      expect(text).toContain('"code":"internal-error"');
      expect(text).not.toContain('secret');
    });

    it('problem types: GET /problems/{code} explains a code, and an unknown code gets a 404', async () => {
      await http().get('/problems/invalid-cursor').expect(200, {
        code: 'invalid-cursor',
        status: 400,
        title: 'The cursor is not valid for this query',
        remedy: 'Use the cursor unchanged, with the same filters, sort and order, or start again without one.',
      });
      await http().get('/problems/none-such').expect(404);
    });

    it('problem types: every code in docs/errors.md is served at /problems/{code}', async () => {
      const documented = readFileSync(resolve(__dirname, '../../docs/errors.md'), 'utf8');
      const codes = [...documented.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code = '']) => code);
      expect(codes.length).toBeGreaterThan(30);
      for (const code of codes)
        expect((await http().get(`/problems/${code}`).expect(200)).body).toMatchObject({ code });
    });
  });

  describe('X-Request-Id', () => {
    it('request id: a valid id from the client is kept, any other is replaced', async () => {
      await http().get('/products').set('x-request-id', 'Client-1.a_b').expect('x-request-id', 'Client-1.a_b');
      const { headers } = await http().get('/products').set('x-request-id', 'a b"c');
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe('catalogue responses', () => {
    it('ETag: each content coding has its own strong ETag, and Cache-Control allows caching', async () => {
      const plain = await http().get('/products').set('accept-encoding', 'identity').expect(200);
      const br = await http().get('/products').set('accept-encoding', 'br').expect('content-encoding', 'br');
      const gzip = await http().get('/products').set('accept-encoding', 'gzip').expect('content-encoding', 'gzip');
      expect(gzip.body).toEqual(plain.body);
      expect(plain.headers).toMatchObject({
        'cache-control': expect.stringMatching(
          /^public, max-age=\d+, stale-while-revalidate=\d+, stale-if-error=\d+$/,
        ) as string,
        vary: 'Accept-Encoding',
      });
      const etags = [plain, br, gzip].map(({ headers }) => headers['etag']);
      expect(new Set(etags).size).toBe(3);
      for (const etag of etags) expect(etag).toMatch(/^"[\w-]{22}"$/);
    });

    it('ETag: If-None-Match with the current ETag gets a 304 without a body, another ETag a 200', async () => {
      const { headers } = await http().get('/products').expect(200);
      const again = await http().get('/products').set('if-none-match', `"other", W/${headers['etag']}`).expect(304);
      expect(again.text).toBe('');
      expect(again.headers['etag']).toBe(headers['etag']);
      await http().get('/products').set('if-none-match', '"other"').expect(200);
    });

    it('HEAD: the response has the headers of GET, and no body', async () => {
      const get = await http().get('/products?limit=3').expect(200);
      const head = await http().head('/products?limit=3').expect(200);
      expect(head.text).toBeUndefined();
      for (const name of [
        'etag',
        'content-type',
        'content-length',
        'content-encoding',
        'link',
        'cache-control',
        'vary',
      ]) {
        expect(head.headers[name]).toBe(get.headers[name]);
      }
    });

    it('ETag: it is no longer valid after a change of the catalogue', async () => {
      const { headers } = await http().get('/products').expect(200);
      await catalogue.given(aProduct({ name: 'New' }));
      await http()
        .get('/products')
        .set('if-none-match', headers['etag'] ?? '')
        .expect(200);
    });
  });
});
