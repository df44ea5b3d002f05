/**
 * Turns query and path parameters into the class that declares them, or refuses them: unknown names, repeated
 * scalars and bad values all at once, each fault with the name of its parameter, up to the limit on listed faults.
 */
import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import type { Fault } from '@platform/errors';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { HttpErrors } from './http.errors';
import { firstFaults, shownName } from './listed-faults';
import { didYouMean } from './did-you-mean';

@Injectable()
export class ParametersPipe implements PipeTransform {
  transform(raw: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    const isWholeSet = (type === 'query' || type === 'param') && data === undefined && metatype !== undefined;
    return isWholeSet ? parseParameters(metatype as Type<object>, raw) : raw;
  }
}

/** What a route declares that takes none. */
export class NoParameters {}

/** What a request with this query string would come to. Throws INVALID_PARAMETERS with every fault. */
export function parseQueryString<T extends object>(type: Type<T>, queryString: string): T {
  const all = new URLSearchParams(queryString);
  const values = [...new Set(all.keys())].map((name) => [name, all.getAll(name)] as const);
  return parseParameters(
    type,
    Object.fromEntries(values.map(([name, [only, ...more]]) => [name, more.length === 0 ? only : [only, ...more]])),
  );
}

/** Throws INVALID_PARAMETERS with the first faults and their total. */
export function parseParameters<T extends object>(type: Type<T>, raw: unknown): T {
  const given = raw as Record<string, unknown>;
  const known = declaredNames(type);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const values = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (known.includes(name) ? toGiven(name, value) : [])),
  );
  const parameters = plainToInstance(type, values);
  const invalid = validateSync(parameters, { stopAtFirstError: true, forbidUnknownValues: false });
  const total = unknown.length + invalid.length;
  if (total === 0) return parameters;
  const faults = firstFaults([...unknown, ...invalid], (fault) =>
    typeof fault === 'string' ? unknownParameter(fault, known) : invalidParameter(fault),
  );
  throw HttpErrors.INVALID_PARAMETERS.create(faults, total);
}

/** A form sends its empty fields, too: they count as not given. */
function toGiven(name: string, value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return value === '' ? [] : [[name, value]];
  const [only, ...more] = (value as unknown[]).filter((each) => each !== '');
  if (only === undefined) return [];
  return [[name, more.length === 0 ? only : [only, ...more]]];
}

function declaredNames(type: Type<object>): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}

function unknownParameter(name: string, known: string[]): Fault {
  const shown = shownName(name);
  const meant = didYouMean(shown, known);
  const allowed = known.length === 0 ? 'none is taken here' : `known are ${known.join(', ')}`;
  const detail = `There is no parameter "${shown}"; ${meant === undefined ? allowed : `did you mean ${meant}?`}`;
  return { parameter: shown, code: 'unknown-parameter', detail };
}

function invalidParameter({ property, constraints }: ValidationError): Fault {
  const [code, detail] = Object.entries(constraints ?? {})[0] ?? ['invalid', `${property} cannot be used`];
  return { parameter: property, code, detail };
}
