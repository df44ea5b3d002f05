/**
 * Every regular expression of apps/ and libs/ takes time linear in the length of its text. ESLint rules detect known
 * classes of slow patterns; these tests run each pattern against hostile texts built from its own parts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createContext, Script } from 'node:vm';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');

/** Eight times the longest header. A quadratic pattern takes many seconds per text, a linear one less than 1 ms. */
const TEXT_LENGTH = 128 * 1_024;

/** Time limit per text. A linear pattern takes milliseconds, a quadratic one several times this limit. */
const TIMEOUT_MS = 2_000;

interface Pattern {
  readonly place: string;
  /** Source text of the pattern; undefined for a constructor whose argument is not a literal. */
  readonly literal: string | undefined;
}

describe('regular expressions of apps and libs', () => {
  const patterns = ['apps', 'libs'].flatMap((tier) => sourcesIn(tier).flatMap(patternsIn));

  it('ReDoS: all patterns are literals, so that they can be tested', () => {
    expect(patterns.length).toBeGreaterThan(40);
    expect(patterns.filter(({ literal }) => literal === undefined)).toEqual([]);
  });

  it.each(patterns.map(({ place, literal = '/./' }) => [place, literal]))(
    'ReDoS: %s takes linear time: %s',
    (_, literal) => {
      expect(slowText(literal)).toBeUndefined();
    },
  );

  it('ReDoS: patterns that take quadratic, cubic or exponential time are detected', () => {
    for (const literal of [
      '/=+$/',
      '/([?&;][^=&;]*(?:jwt|auth)[^=&;]*=)[^&;]*/gi',
      '/^(?:a+)+$/',
      '/"(?:[^"\\\\]|\\\\.)*"/g',
      '/;\\s*q[^,]*=/g',
    ])
      expect([literal, slowText(literal)]).toEqual([literal, expect.any(String)]);
  });
});

function sourcesIn(tier: string): string[] {
  return readdirSync(join(ROOT, tier), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(tier, file));
}

function patternsIn(file: string): Pattern[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) found.push({ place, literal: node.text });
    else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp') {
      const [text, flags] = (node.arguments ?? []).map((each) =>
        ts.isStringLiteralLike(each) ? each.text : undefined,
      );
      const isLiteral = text !== undefined && (flags !== undefined || node.arguments?.length === 1);
      found.push({ place, literal: isLiteral ? `/${text}/${flags ?? ''}` : undefined });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Returns the beginning of the first text that exceeds the time limit, or undefined if there is none. */
function slowText(literal: string): string | undefined {
  const scene = { text: '' };
  const context = createContext(scene);
  const match = new Script(`text.replace(${literal}, '')`);
  for (const text of hostileTexts(literal)) {
    scene.text = text;
    try {
      match.runInContext(context, { timeout: TIMEOUT_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return text.slice(0, 40);
    }
  }
  return undefined;
}

/** Builds texts of repeated parts, alone and in pairs, between a matching beginning and an end that does not match. */
function hostileTexts(literal: string): string[] {
  const body = literal.slice(1, literal.lastIndexOf('/'));
  const words = body.replace(/\\[a-zA-Z](?:\{[^}]*\})?/g, ' ').match(/[A-Za-z0-9]+|[^A-Za-z0-9\s]/g) ?? [];
  const common = [
    ' ',
    '\t',
    '\r',
    '0',
    '1',
    'a',
    'A',
    '"',
    '\\"',
    "'",
    '=',
    '?',
    '?jwt',
    ',',
    ';',
    '.',
    '-',
    '/',
    'क',
    '\0',
  ];
  const parts = [...new Set([...words, ...common])];
  const [first = ''] = words;
  const begin = body.startsWith('^') ? (/^\^((?:\\?[A-Za-z/ ])+)/.exec(body)?.[1] ?? '').replaceAll('\\', '') : '';
  const halves = parts.map(
    (part) => part.repeat(TEXT_LENGTH / 2 / part.length) + first.repeat(TEXT_LENGTH / 2 / (first.length || 1)),
  );
  const whole = parts.map((part) => part.repeat(TEXT_LENGTH / part.length));
  const ones = [...new Set(words)];
  const pairs = ones.flatMap((one) =>
    [...ones, ' ', '0', 'a', ','].map((other) => (one + other).repeat(TEXT_LENGTH / (one.length + other.length))),
  );
  const beginnings = begin === '' ? [''] : ['', begin];
  return [...whole, ...halves, ...pairs].flatMap((text) => beginnings.map((each) => `${each}${text}\n\u0001!`));
}
