/** ESLint rules that carry a decision of the house are errors for the code of the service. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const RULES = [
  'no-restricted-properties', // process.env is read in one place
  'no-console',
  '@typescript-eslint/no-floating-promises',
  'regexp/no-super-linear-backtracking',
  'regexp/no-super-linear-move',
  '@typescript-eslint/no-explicit-any',
];

it('ESLint: the rules of the house are errors for the code of the service', () => {
  const eslint = ['node_modules/eslint/bin/eslint.js', '--print-config', 'apps/api/src/main.ts'];
  const printed = execFileSync(process.execPath, eslint, { cwd: resolve(__dirname, '../..'), encoding: 'utf8' });
  const { rules } = JSON.parse(printed) as { rules: Record<string, [severity: number]> };
  const ERROR = 2;
  expect(RULES.filter((rule) => rules[rule]?.[0] !== ERROR)).toEqual([]);
});
