/** Checks the bill of materials (`npm run sbom`) and the licences of all dependencies. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** SPDX identifiers of licences that only require attribution. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Python-2.0'];
/** Further licences permitted for development dependencies. */
const PERMISSIVE_FOR_TOOLS = [...PERMISSIVE, 'CC-BY-4.0', 'CC0-1.0', 'Unlicense'];

interface LockedPackage {
  readonly license?: string;
  readonly version: string;
  readonly dev?: boolean;
  /** True for packages that may not be installed, e.g. binaries for other platforms. */
  readonly optional?: boolean;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly id?: string } }[];
}

describe('dependencies', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const bill = JSON.parse(
    execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9 }),
  ) as { readonly bomFormat: string; readonly components: readonly Component[] };
  const shipped = new Set(
    Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && dev !== true)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`),
  );
  const nameOf = ({ name, version }: Component) => `${name}@${version}`;

  it('SBOM: every shipped dependency is in the bill of materials', () => {
    const listed = new Set(bill.components.map(nameOf));
    const optional = Object.entries(lock.packages).filter(([, each]) => each.optional === true);
    const mayBeMissing = new Set(
      optional.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`),
    );
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(shipped.size).toBeGreaterThan(100);
    expect([...shipped].filter((each) => !listed.has(each) && !mayBeMissing.has(each))).toEqual([]);
  });

  it('licences: every dependency has a permissive licence', () => {
    const strict = bill.components.filter(
      (each) => !isAllowed(each, shipped.has(nameOf(each)) ? PERMISSIVE : PERMISSIVE_FOR_TOOLS),
    );
    expect(strict.map(({ name, licenses }) => [name, JSON.stringify(licenses)])).toEqual([]);
  });

  it('package.json: every dependency has an exact version', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('licence: LICENSE, package.json, its lock file and the container image say MIT', () => {
    const { license } = JSON.parse(read('package.json')) as { readonly license: string };
    expect([license, lock.packages['']?.license]).toEqual(['MIT', 'MIT']);
    expect(read('LICENSE')).toMatch(/^MIT License\n/);
    expect(read('Dockerfile')).toContain('org.opencontainers.image.licenses="MIT"');
  });
});

/** Returns true if a licence of `A OR B` is allowed, or all of any other expression. */
function isAllowed({ licenses = [] }: Component, allowed: readonly string[]): boolean {
  const expressions = licenses.map(({ expression, license }) => expression ?? license?.id ?? 'unknown');
  const isExpressionAllowed = (expression: string) => {
    const names = expression.replace(/[()]/g, '').split(/ (?:AND|OR) /);
    const isChoice = expression.includes(' OR ') && !expression.includes(' AND ');
    return isChoice ? names.some((each) => allowed.includes(each)) : names.every((each) => allowed.includes(each));
  };
  return expressions.length > 0 && expressions.every(isExpressionAllowed);
}
