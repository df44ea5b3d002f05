/** Compares documents with the code that they describe. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CatalogueErrors } from '@features/products';
import { WebhookErrors } from '@features/webhook';
import { AuthErrors } from '@integrations/auth';
import { PartnerErrors } from '@integrations/partner';
import type { ErrorCatalogue } from '@platform/errors';
import { HealthErrors } from '@platform/health';
import { HttpErrors } from '@platform/http';
import { MetricsErrors } from '@platform/observability';
import { RateLimitErrors } from '@platform/rate-limit';
import { configurationNames } from '@testing/config';
import { statusOf } from '@testing/http';

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

it('.env.example: it has every variable that is read, in the same order, and no other', () => {
  const names = [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect(names).toEqual(configurationNames());
});

it('README: it has every variable that is read', () => {
  for (const name of configurationNames()) expect(read('README.md')).toContain(`\`${name}\``);
});

it('docs/errors.md: it has every error with its status, title and remedy, and no other', () => {
  const catalogues: ErrorCatalogue[] = [
    HttpErrors,
    MetricsErrors,
    HealthErrors,
    RateLimitErrors,
    CatalogueErrors,
    WebhookErrors,
    PartnerErrors,
    AuthErrors,
  ];
  const rows = catalogues.flatMap((catalogue) =>
    Object.values(catalogue).map(
      ({ code, kind, title, remedy }) => `| \`${code}\` | ${statusOf[kind]} | ${title} | ${remedy} |`,
    ),
  );
  const documented = read('docs/errors.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/ +/g, ' '));
  expect(documented).toEqual(rows);
});

it('README: it has at most 200 lines, and its links lead to files that exist', () => {
  const readme = read('README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(200);
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path]) => path ?? '');
  for (const link of links) expect([link, existsSync(resolve(root, link))]).toEqual([link, true]);
});

it('package.json: every dependency has an exact version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
