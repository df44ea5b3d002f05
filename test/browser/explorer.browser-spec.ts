/** Swagger UI in a browser: operations opened by deep links, directly and behind a gateway with a path prefix. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { firstResponse, start, type Running } from '../support/processes';
import { chromiumBinary, freePort } from '../support/servers/servers';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
let service: Running;
let url: string;
/** A proxy that strips a path prefix. */
let gateway: Server;
let gatewayUrl: string;
let browser: Browser;
let page: Page;
const consoleErrors: string[] = [];

beforeAll(async () => {
  const executablePath = chromiumBinary();
  const [port, sandboxPort] = [String(await freePort()), String(await freePort())];
  url = `http://127.0.0.1:${port}`;
  service = start(
    'api',
    [],
    { PORT: port, SANDBOX_PORT: sandboxPort, LOG_LEVEL: 'warn', TRUST_PROXY: '127.0.0.1' },
    directory,
  );
  await firstResponse(`${url}/health/ready`, service);
  await startGateway(port);
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
  page.on('pageerror', ({ message }) => consoleErrors.push(message));
  page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
}, 300_000);
afterAll(async () => {
  await browser.close();
  gateway.close();
  service.child.kill('SIGTERM');
  await service.finished;
  rmSync(directory, { recursive: true });
});

async function startGateway(servicePort: string): Promise<void> {
  gateway = createServer((incoming, response) => {
    const [, path] = /^\/catalogue(\/.*)$/.exec(incoming.url ?? '') ?? [];
    if (path === undefined) return response.writeHead(404).end();
    const headers = { ...incoming.headers, 'x-forwarded-prefix': '/catalogue' };
    const { method } = incoming;
    const forwarded = request({ host: '127.0.0.1', port: servicePort, path, method, headers }, (upstream) =>
      upstream.pipe(response.writeHead(upstream.statusCode ?? 502, upstream.headers)),
    );
    return incoming.pipe(forwarded);
  });
  await new Promise<void>((listening) => gateway.listen(0, '127.0.0.1', listening));
  gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/catalogue`;
}

const operation = (id: string) => page.locator(`[id^="operations-"][id$="-${id}"]`);

/** Opens an operation by its deep link and executes its example. Returns the status and body that are shown. */
async function tryOut(id: string, base = url): Promise<{ status: string; body: string }> {
  const tag = (await operation(id).getAttribute('id'))?.split('-')[1];
  await page.goto(`${base}/docs#/${tag}/${id}`);
  await page.reload();
  await operation(id).locator('.execute').press('Enter'); // a click waits for two animation frames, which may not come
  const response = operation(id).locator('.live-responses-table');
  const status = await response.locator('tbody .response-col_status').first().innerText();
  return { status: status.trim(), body: await response.locator('.highlight-code').first().innerText() };
}

describe('Swagger UI', () => {
  it('Swagger UI: the page shows its four groups of operations', async () => {
    await page.goto(`${url}/docs`);
    await page.locator('.opblock').first().waitFor();
    const shown = await page.locator('.opblock-tag').all();
    const tags = await Promise.all(shown.map((tag) => tag.getAttribute('data-tag')));
    expect(tags).toEqual(['Catalogue', 'Webhook', 'Operation', 'Problems']);
  });

  it.each([
    ['productsList', '200', '"Heirloom Tomato'],
    ['productsGet', '200', '"createdAt"'],
    ['productsGetAvailability', '200', '"source"'],
    ['productsListCategories', '200', '"productCount"'],
    ['webhookReceive', '202', '"accepted"'],
    ['healthReady', '200', '"up"'],
    ['metricsGet', '200', '"uptime"'],
    ['problemsExplain', '200', '"remedy"'],
  ])('Swagger UI: %s executes with its example values and gets a %s', async (id, status, shown) => {
    const response = await tryOut(id);
    expect(response).toEqual({ status, body: expect.stringContaining(shown) as string });
  });

  it('X-Forwarded-Prefix: Swagger UI executes a request behind a gateway that strips a path prefix', async () => {
    await page.goto(`${gatewayUrl}/docs`);
    const { status, body } = await tryOut('productsList', gatewayUrl);
    expect(status).toBe('200');
    expect(body).toContain('"Heirloom Tomato');
    await page.locator('.request-url').getByText(`${gatewayUrl}/products`).waitFor();
  });

  it('Content-Security-Policy: the browser console has no error', () => {
    expect(consoleErrors).toEqual([]);
  });
});
