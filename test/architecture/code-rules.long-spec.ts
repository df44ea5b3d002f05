/** Tests the ESLint rules that enforce a decision, each with a planted violation. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const planted = {
  'no-restricted-properties': 'export const environment = process.env;',
  'no-console': `console.log('a stray line');`,
  '@typescript-eslint/no-floating-promises': 'export function forget(work: Promise<void>): void { work; }',
  'regexp/no-super-linear-backtracking': 'export const backtracking = /^(?:a|ab)(?:c|bcd)*(?:x+x+)+$/;',
  'regexp/no-super-linear-move': 'export const quadratic = /=+$/;',
  '@typescript-eslint/no-explicit-any': 'export const anything: any = 1;',
};

it('ESLint: each rule that enforces a decision reports its planted violation', () => {
  const eslint = ['node_modules/eslint/bin/eslint.js', '--format', 'json', '--stdin'];
  const { stdout } = spawnSync(process.execPath, [...eslint, '--stdin-filename', 'apps/api/src/main.ts'], {
    cwd: resolve(__dirname, '../..'),
    input: Object.values(planted).join('\n'),
    encoding: 'utf8',
  });
  const [report] = JSON.parse(stdout) as { messages: { ruleId: string }[] }[];
  expect(report?.messages.map(({ ruleId }) => ruleId)).toEqual(expect.arrayContaining(Object.keys(planted)));
});
