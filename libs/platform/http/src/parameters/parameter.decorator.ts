/**
 * One decorator per parameter: it parses the text strictly, validates the value and documents it, so the OpenAPI
 * document always matches the accepted input. `1e3`, `1.5` and ` 10` are not whole numbers here.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { DECIMAL_PATTERN, readDecimal, readTimestampMs } from '@platform/formats';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { didYouMean } from './did-you-mean';

interface Docs {
  readonly description: string;
  readonly example?: unknown;
  /** Parameters are optional unless they are part of the path. */
  readonly required?: boolean;
}

/**
 * Adds a validation rule with the code and message of its fault. `all` is the object with all parameters. Decorators
 * apply from the property upwards: a rule above a parameter's decorator is checked after it.
 */
export function Rule(
  code: string,
  isValid: (value: unknown, all: never) => boolean,
  describe: (name: string, value: unknown) => string,
): PropertyDecorator {
  return ValidateBy({
    name: code,
    validator: {
      validate: (value, context) => isValid(value, context?.object as never),
      defaultMessage: (context) => describe(context?.property ?? '', context?.value),
    },
  });
}

export function IntegerParameter({ min, max, ...docs }: Docs & { min: number; max: number; default?: number }) {
  return parameter(
    { type: 'integer', minimum: min, maximum: max, ...docs },
    (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : text),
    Rule(
      'not-a-whole-number',
      Number.isSafeInteger,
      (name, value) => `${name} must be a whole number from ${min} to ${max}, not ${quote(value)}`,
    ),
    InRange(min, max),
  );
}

/** A number with at most two decimals, such as a price in major units. */
export function AmountParameter({ min, max, ...docs }: Docs & { min: number; max: number }) {
  return parameter(
    { type: 'number', minimum: min, maximum: max, multipleOf: 0.01, ...docs },
    (text) => (/^-?\d{1,12}(\.\d{1,2})?$/.test(text) ? Number(text) : text),
    Rule(
      'not-an-amount',
      (value) => typeof value === 'number',
      (name, value) => `${name} must be a number with at most two decimals, not ${quote(value)}`,
    ),
    InRange(min, max),
  );
}

/** A time in RFC 3339 with an offset, as milliseconds since 1970: `2026-11-01T08:00:00+05:30`. */
export function TimeParameter({ min, max, ...docs }: Docs & { min: string; max: string }) {
  const [minMs, maxMs] = [Date.parse(min), Date.parse(max)];
  return parameter(
    { type: 'string', format: 'date-time', ...docs, description: `${docs.description} From ${min} to ${max}.` },
    (text) => (HAS_OFFSET.test(text) ? (readTimestampMs(text) ?? text) : text),
    Rule(
      'not-a-time',
      (value) => typeof value === 'number',
      (name, value) =>
        `${name} must be a time such as 2026-11-01T08:00:00Z or 2026-11-01T08:00:00%2B05:30, not ${quote(value)}`,
    ),
    Rule(
      'out-of-range',
      (value) => typeof value === 'number' && value >= minMs && value <= maxMs,
      (name) => `${name} must be from ${min} to ${max}`,
    ),
  );
}

const HAS_OFFSET = /(z|[+-]\d{2}:\d{2})$/i;

interface Coordinates {
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
}

/** Latitude and longitude in degrees: `19.99,73.78` → `{ latitude: 19.99, longitude: 73.78 }`. */
export function CoordinatesParameter(docs: Docs) {
  const isCoordinates = (value: unknown): value is Coordinates => typeof value === 'object' && value !== null;
  return parameter(
    { type: 'string', pattern: COORDINATES_PATTERN, ...docs },
    (text) => {
      const [latitude, longitude, ...rest] = text.split(',').map((degrees) => readDecimal(degrees.trim()));
      const isPair = latitude !== undefined && longitude !== undefined && rest.length === 0;
      return isPair ? { latitude, longitude } : text;
    },
    Rule('not-coordinates', isCoordinates, (name, value) => {
      return `${name} must be latitude,longitude in degrees such as 19.99,73.78, not ${quote(value)}`;
    }),
    Rule(
      'out-of-range',
      (value) => !isCoordinates(value) || (Math.abs(value.latitude) <= 90 && Math.abs(value.longitude) <= 180),
      (name) => `${name} must have a latitude from -90 to 90 and a longitude from -180 to 180`,
    ),
  );
}

const COORDINATES_PATTERN = `^ *${DECIMAL_PATTERN} *, *${DECIMAL_PATTERN} *$`;

/** Free text; its length is in code points, not UTF-16 units. */
export function TextParameter({ maxLength, ...docs }: Docs & { maxLength: number }) {
  const length = (value: unknown) => [...String(value)].length;
  return parameter(
    { type: 'string', minLength: 1, maxLength, ...docs },
    (text) => text,
    Rule(
      'wrong-length',
      (value) => length(value) >= 1 && length(value) <= maxLength,
      (name, value) => `${name} must have 1 to ${maxLength} characters, not ${length(value)}`,
    ),
    Rule(
      'control-character',
      (value) => !/\p{Cc}/u.test(String(value)),
      (name) => `${name} must not contain control characters`,
    ),
  );
}

export function ChoiceParameter({ choices, ...docs }: Docs & { choices: readonly string[]; default?: string }) {
  return parameter(
    { type: 'string', enum: [...choices], ...docs },
    (text) => text,
    Rule(
      'not-a-choice',
      (value) => choices.includes(String(value)),
      (name, value) => {
        const closest = didYouMean(String(value), choices);
        const suggestion = closest === undefined ? '' : `; did you mean ${closest}?`;
        return `${name} must be one of ${choices.join(', ')}, not ${quote(value)}${suggestion}`;
      },
    ),
  );
}

export function BooleanParameter(docs: Docs) {
  return parameter(
    { type: 'boolean', ...docs },
    (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
    Rule(
      'not-a-boolean',
      (value) => typeof value === 'boolean',
      (name, value) => `${name} must be true or false, not ${quote(value)}`,
    ),
  );
}

/**
 * A list without duplicates, comma-separated or by repeating the parameter: `a,b` → `['a', 'b']`. `read` normalises an
 * item, `accepts` validates it, and `what` describes the valid items.
 */
export function ListParameter({
  maxItems,
  read,
  accepts,
  what,
  ...docs
}: Docs & {
  maxItems: number;
  read: (text: string) => string;
  accepts: (item: string) => boolean;
  what: string;
}) {
  const items = (value: unknown) => value as string[];
  return applyDecorators(
    ApiProperty({ type: 'array', items: { type: 'string' }, maxItems, required: false, ...docs }),
    IsOptional(),
    Transform(({ value }) => [
      ...new Set(
        [value as string | string[]]
          .flat()
          .flatMap((text) => text.split(','))
          .filter((item) => item.trim() !== '')
          .map(read),
      ),
    ]),
    Rule(
      'too-many',
      (value) => items(value).length <= maxItems,
      (name, value) => `${name} accepts at most ${maxItems} values, not ${items(value).length}`,
    ),
    Rule(
      'not-accepted',
      (value) => items(value).every(accepts),
      (name, value) => `${name} accepts ${what}, not ${quote(items(value).find((item) => !accepts(item)))}`,
    ),
  );
}

function parameter(docs: ApiPropertyOptions, read: (text: string) => unknown, ...rules: PropertyDecorator[]) {
  return applyDecorators(
    ApiProperty({ required: false, ...docs } as ApiPropertyOptions),
    IsOptional(),
    Transform(({ value }) => (typeof value === 'string' ? read(value) : (value as unknown))),
    Rule(
      'repeated',
      (value) => !Array.isArray(value),
      (name) => `${name} must appear only once`,
    ),
    ...rules,
  );
}

function InRange(min: number, max: number): PropertyDecorator {
  return Rule(
    'out-of-range',
    (value) => typeof value === 'number' && value >= min && value <= max,
    (name, value) => `${name} must be from ${min} to ${max}, not ${quote(value)}`,
  );
}

/** Quotes a value of the client, truncated to 40 characters. */
function quote(value: unknown): string {
  const text = String(value);
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`;
}
