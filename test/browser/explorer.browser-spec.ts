/** Swagger UI in a browser: opened, tried out through deep links, and behind a gateway with a path prefix. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { firstAnswer, start, type Running } from '../support/processes';
import { chromiumBinary, freePort } from '../support/servers';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
let service: Running;
let url: string;
/** A proxy that takes a path prefix off. */
let gateway: Server;
let gatewayUrl: string;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

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
  await firstAnswer(`${url}/health/ready`, service);
  await startGateway(port);
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
}, 300_000);
afterAll(async () => {
  await browser.close();
  gateway.close();
  service.child.kill('SIGTERM');
  await service.finished;
  rmSync(directory, { recursive: true });
});

async function startGateway(servicePort: string): Promise<void> {
  gateway = createServer((asked, answer) => {
    const [, path] = /^\/catalogue(\/.*)$/.exec(asked.url ?? '') ?? [];
    if (path === undefined) return answer.writeHead(404).end();
    const headers = { ...asked.headers, 'x-forwarded-prefix': '/catalogue' };
    const { method } = asked;
    const forwarded = request({ host: '127.0.0.1', port: servicePort, path, method, headers }, (given) =>
      given.pipe(answer.writeHead(given.statusCode ?? 502, given.headers)),
    );
    return asked.pipe(forwarded);
  });
  await new Promise<void>((listening) => gateway.listen(0, '127.0.0.1', listening));
  gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/catalogue`;
}

const operation = (id: string) => page.locator(`[id^="operations-"][id$="-${id}"]`);

/** Opens it by its deep link and presses Execute on what is filled in; gives the status and the body that are shown. */
async function tryOut(id: string, base = url): Promise<{ status: string; body: string }> {
  const tag = (await operation(id).getAttribute('id'))?.split('-')[1];
  await page.goto(`${base}/docs#/${tag}/${id}`);
  await page.reload();
  await operation(id).locator('.execute').press('Enter'); // a click would wait for two frames, which may not be drawn
  const answer = operation(id).locator('.live-responses-table');
  const status = await answer.locator('tbody .response-col_status').first().innerText();
  return { status: status.trim(), body: await answer.locator('.highlight-code').first().innerText() };
}

describe('Swagger UI', () => {
  it('Swagger UI: opens with its four groups of operations', async () => {
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
    const answer = await tryOut(id);
    expect(answer).toEqual({ status, body: expect.stringContaining(shown) as string });
  });

  it('X-Forwarded-Prefix: Swagger UI executes a request behind a gateway that strips a path prefix', async () => {
    await page.goto(`${gatewayUrl}/docs`);
    const { status, body } = await tryOut('productsList', gatewayUrl);
    expect(status).toBe('200');
    expect(body).toContain('"Heirloom Tomato');
    await page.locator('.request-url').getByText(`${gatewayUrl}/products`).waitFor();
  });

  it('Content-Security-Policy: the browser console has no error', () => {
    expect(complaints).toEqual([]);
  });
});
