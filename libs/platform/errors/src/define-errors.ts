/**
 * Errors as catalogues: each part of the house lists what can go wrong in it, once, without knowing HTTP.
 * A code is stable: clients switch on it, docs/errors.md and GET /problems/{code} explain it.
 */

/** What sort of trouble it is; the HTTP filter maps each to one status and does not compile without it. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'timeout'
  | 'body-too-large'
  | 'address-too-long'
  | 'unsupported-media-type'
  | 'expectation-failed'
  | 'contradictory'
  | 'too-many-requests'
  | 'headers-too-large'
  | 'internal'
  | 'bad-gateway'
  | 'unavailable'
  | 'gateway-timeout';

/** One fault of the input: where it is, what is wrong there, what would be right. */
export type Fault = FaultPlace & { readonly code: string; readonly detail: string };

/** A parameter or header by its name, or a place in the body (RFC 6901). */
type FaultPlace = { readonly parameter: string } | { readonly pointer: string };

interface ErrorMeaning {
  readonly kind: ErrorKind;
  /** The same sentence for every occurrence. */
  readonly title: string;
  /** What the client can do about it. */
  readonly remedy: string;
}

interface ErrorSpec<Args extends readonly unknown[]> extends ErrorMeaning {
  /** What happened this time; reaches the client, so no SQL, no path, no internal name. */
  readonly message: (...args: Args) => string;
  readonly faults?: (...args: Args) => readonly Fault[];
  /** Further members of the problem (RFC 9457 §3.2). */
  readonly extensions?: (...args: Args) => Readonly<Record<string, unknown>>;
}

export interface ErrorDefinition<Args extends readonly unknown[] = never> extends ErrorMeaning {
  readonly code: string;
  readonly create: (...args: Args) => ApplicationError;
}

export type ErrorCatalogue = Readonly<Record<string, ErrorDefinition>>;

/** An error that is ours: expected, named, and safe to show. */
export class ApplicationError extends Error {
  constructor(
    readonly definition: Pick<ErrorDefinition, 'code' | 'kind' | 'title'>,
    message: string,
    readonly faults: readonly Fault[],
    readonly extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = definition.code;
  }
}

// Each message has its own arguments; `any` in the constraint is what lets them be inferred one by one.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Specs = Readonly<Record<string, ErrorSpec<any[]>>>;

type CatalogueOf<S extends Specs> = { readonly [Name in keyof S]: ErrorDefinition<Parameters<S[Name]['message']>> };

/** `{ PRODUCT_NOT_FOUND: … }` → definitions whose code is `product-not-found` and whose `create` takes the message's arguments. */
export function defineErrors<S extends Specs>(specs: S): CatalogueOf<S> {
  const entries = Object.entries(specs).map(([name, spec]) => [name, define(name, spec)]);
  return Object.freeze(Object.fromEntries(entries)) as CatalogueOf<S>;
}

function define(name: string, spec: Specs[string]): ErrorDefinition<unknown[]> {
  const { kind, title, remedy, message, faults, extensions } = spec;
  const meaning = { code: name.toLowerCase().replaceAll('_', '-'), kind, title, remedy };
  return Object.freeze({
    ...meaning,
    create: (...args: unknown[]) =>
      new ApplicationError(meaning, message(...args), faults?.(...args) ?? [], extensions?.(...args)),
  });
}
