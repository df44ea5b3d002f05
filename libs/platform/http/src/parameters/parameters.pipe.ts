/**
 * Parses query and path parameters into the class that declares them. Reports all faults at once, up to the limit on
 * listed faults: unknown names, repeated scalars and invalid values, each with the name of its parameter.
 */
import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import type { Fault } from '@platform/errors';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { HttpErrors } from '../problems/http.errors';
import { firstFaults, shownName } from '../problems/listed-faults';
import { didYouMean } from './did-you-mean';

@Injectable()
export class ParametersPipe implements PipeTransform {
  transform(raw: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    const isParameterSet = (type === 'query' || type === 'param') && data === undefined && metatype !== undefined;
    return isParameterSet ? parseParameters(metatype as Type<object>, raw) : raw;
  }
}

/** Declares that a route has no parameters. */
export class NoParameters {}

/** Parses a query string like that of a request. Throws INVALID_PARAMETERS with the first faults and their total. */
export function parseQueryString<T extends object>(type: Type<T>, queryString: string): T {
  const all = new URLSearchParams(queryString);
  const entries = [...new Set(all.keys())].map((name) => [name, all.getAll(name)] as const);
  return parseParameters(
    type,
    Object.fromEntries(entries.map(([name, [first, ...rest]]) => [name, rest.length === 0 ? first : [first, ...rest]])),
  );
}

/** `{ limit: '5' }` → a `type` with `limit: 5`. Throws INVALID_PARAMETERS with the first faults and their total. */
export function parseParameters<T extends object>(type: Type<T>, raw: unknown): T {
  const rawValues = raw as Record<string, unknown>;
  const known = declaredNames(type);
  const unknown = Object.keys(rawValues).filter((name) => !known.includes(name));
  const declaredValues = Object.fromEntries(
    Object.entries(rawValues).flatMap(([name, value]) => (known.includes(name) ? withoutEmptyValues(name, value) : [])),
  );
  const parameters = plainToInstance(type, declaredValues);
  const invalid = validateSync(parameters, { stopAtFirstError: true, forbidUnknownValues: false });
  const total = unknown.length + invalid.length;
  if (total === 0) return parameters;
  const faults = firstFaults([...unknown, ...invalid], (fault) =>
    typeof fault === 'string' ? unknownParameter(fault, known) : invalidParameter(fault),
  );
  throw HttpErrors.INVALID_PARAMETERS.create(faults, total);
}

/** Drops empty values, because HTML forms also send their empty fields. */
function withoutEmptyValues(name: string, value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return value === '' ? [] : [[name, value]];
  const [first, ...rest] = (value as unknown[]).filter((each) => each !== '');
  if (first === undefined) return [];
  return [[name, rest.length === 0 ? first : [first, ...rest]]];
}

/** The decorators of a class declare its parameters once, so their names never change. */
const namesByType = new WeakMap<Type<object>, readonly string[]>();

function declaredNames(type: Type<object>): readonly string[] {
  const known = namesByType.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  const names = [...new Set(rules.map((rule) => rule.propertyName))];
  namesByType.set(type, names);
  return names;
}

function unknownParameter(name: string, known: readonly string[]): Fault {
  const shown = shownName(name);
  const suggestion = didYouMean(shown, known);
  const allowed = known.length === 0 ? 'no parameters are accepted here' : `known parameters are ${known.join(', ')}`;
  const detail = `Unknown parameter "${shown}"; ${suggestion === undefined ? allowed : `did you mean ${suggestion}?`}`;
  return { parameter: shown, code: 'unknown-parameter', detail };
}

function invalidParameter({ property, constraints }: ValidationError): Fault {
  const [code, detail] = Object.entries(constraints ?? {})[0] ?? ['invalid', `${property} is invalid`];
  return { parameter: property, code, detail };
}
