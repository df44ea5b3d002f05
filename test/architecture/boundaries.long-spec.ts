/** Tests the dependency rules with a small sample project, in which a violation of each rule is planted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

/** Sample project without violations: a lib of each tier, two features and three apps. */
const project: Record<string, string> = {
  'libs/platform/config/src/index.ts': `export { limit } from './limit';`,
  'libs/platform/config/src/limit.ts': `export const limit = 1;`,
  'libs/platform/config/src/testing.ts': `export { limit } from './limit';`,
  'libs/engine/search/src/index.ts': `export const search = 1;`,
  'libs/demo/src/index.ts': `export const demo = 1;`,
  'libs/catalogue/src/entity.ts': `export const entity = 1;`,
  'libs/catalogue/src/index.ts': `import '@demo'; import '@engine/search'; export const catalogue = 1;`,
  'libs/integrations/auth/src/index.ts': `import { limit } from '@platform/config'; export const auth = limit;`,
  'libs/features/products/src/index.ts': `import { catalogue } from '@catalogue'; export const products = catalogue;`,
  'libs/features/webhook/src/index.ts': `export const webhook = 1;`,
  'apps/api/src/main.ts': `import { products } from '@features/products'; export const api = products;`,
  'apps/cli/src/main.ts': `import '../../sandbox/src/development-sandbox'; export const cli = 1;`,
  'apps/sandbox/src/main.ts': `import '@demo';`,
  'apps/sandbox/src/development-sandbox.ts': `import '@platform/config';`,
};

const planted: readonly [rule: string, file: string, code: string][] = [
  ['engine-independent-of-everything', 'libs/engine/search/src/planted.ts', `import '@platform/config';`],
  ['engine-independent-of-everything', 'libs/engine/search/src/reading.ts', `import 'lru-cache';`],
  ['demo-independent-of-everything', 'libs/demo/src/planted.ts', `import '@engine/search';`],
  ['platform-independent-of-features', 'libs/platform/config/src/of-catalogue.ts', `import '@catalogue';`],
  ['integrations-independent-of-features', 'libs/integrations/auth/src/of-catalogue.ts', `import '@catalogue';`],
  ['catalogue-independent-of-features', 'libs/catalogue/src/planted.ts', `import '@features/products';`],
  ['catalogue-independent-of-features', 'libs/catalogue/src/integrated.ts', `import '@integrations/auth';`],
  ['sandbox-independent-of-the-service', 'apps/sandbox/src/planted.ts', `import '@platform/config';`],
  ['apps-independent-of-apps', 'apps/sandbox/src/of-api.ts', `import '../../api/src/main';`],
  ['platform-independent-of-features', 'libs/platform/config/src/planted.ts', `import '@features/products';`],
  ['integrations-independent-of-features', 'libs/integrations/auth/src/planted.ts', `import '@features/products';`],
  ['features-independent-of-apps', 'libs/features/products/src/planted.ts', `import '../../../../apps/api/src/main';`],
  ['features-independent-of-features', 'libs/features/webhook/src/planted.ts', `import '@features/products';`],
  ['apps-independent-of-apps', 'apps/cli/src/planted.ts', `import '../../api/src/main';`],
  ['libs-have-one-door', 'apps/api/src/planted.ts', `import '../../../libs/platform/config/src/limit';`],
  ['libs-have-one-door', 'libs/features/webhook/src/deep.ts', `import '../../../catalogue/src/entity';`],
  ['testing-is-for-tests', 'apps/api/src/tested.ts', `import '@testing/config';`],
  ['a-plain-file-is-pure', 'libs/features/products/src/impure.ts', `import '@nestjs/common';`],
  ['a-plain-file-is-pure', 'libs/features/products/src/reading.ts', `import 'node:fs';`],
  ['no-cycles', 'libs/features/webhook/src/circle.ts', `import './circle';`],
  ['production-needs-no-development-packages', 'libs/features/webhook/src/tested.ts', `import 'supertest';`],
];

describe('module boundaries', () => {
  const root = resolve(__dirname, '../..');
  const copy = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));

  beforeAll(() => {
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
      copyFileSync(join(root, file), join(copy, file));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, code] of Object.entries(project)) write(file, code);
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  function write(file: string, code: string): void {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), code);
  }

  function violations(): string[] {
    const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const report = execFileSync(process.execPath, [program, '--output-type', 'json', 'apps', 'libs'], {
      cwd: copy,
      encoding: 'utf8',
    });
    const { summary } = JSON.parse(report) as { summary: { violations: Violation[] } };
    return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort();
  }

  it('dependency rules: no violation is reported for a correct project', () => {
    expect(violations()).toEqual([]);
  });

  it('dependency rules: each planted violation is reported, and nothing else', () => {
    for (const [, file, code] of planted) write(file, code);
    expect(violations()).toEqual(planted.map(([rule, file]) => `${rule}: ${file}`).sort());
  });

  it('dependency rules: a violation is planted for every rule', () => {
    const { forbidden } = createRequire(__filename)('../../.dependency-cruiser.cjs') as {
      forbidden: { name: string }[];
    };
    expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  it('path alias: a deep import through an alias is a compile error', () => {
    const compile = () => {
      const options = ['--noEmit', '--types', 'node', '-p', 'tsconfig.deep.json'];
      return spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], {
        cwd: copy,
        encoding: 'utf8',
      });
    };
    write('tsconfig.deep.json', JSON.stringify({ extends: './tsconfig.json', include: ['deep.ts'] }));
    write('deep.ts', `import '@platform/config';`);
    expect(compile()).toMatchObject({ status: 0 });
    write('deep.ts', `import '@platform/config/src/limit';`);
    expect(compile().stdout).toContain("import of '@platform/config/src/limit'");
  });
});
