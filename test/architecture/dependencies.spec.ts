/** The bill of materials (`npm run sbom`) and the licences of all dependencies. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** By their SPDX names: all that they ask for is to be named. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Python-2.0'];
/** Of what only helps to build and to test. */
const PERMISSIVE_FOR_TOOLS = [...PERMISSIVE, 'CC-BY-4.0', 'CC0-1.0', 'Unlicense'];

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  /** Such as what is built for another platform; it is not there then. */
  readonly optional?: boolean;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly id?: string } }[];
}

describe('dependencies', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
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
});

/** Of "A OR B" one has to be, of "A AND B" both; where it is more involved, all. */
function isAllowed({ licenses = [] }: Component, allowed: readonly string[]): boolean {
  const expressions = licenses.map(({ expression, license }) => expression ?? license?.id ?? 'unknown');
  const isExpressionAllowed = (expression: string) => {
    const names = expression.replace(/[()]/g, '').split(/ (?:AND|OR) /);
    const isChoice = expression.includes(' OR ') && !expression.includes(' AND ');
    return isChoice ? names.some((each) => allowed.includes(each)) : names.every((each) => allowed.includes(each));
  };
  return expressions.length > 0 && expressions.every(isExpressionAllowed);
}
