/**
 * Error catalogues: each library lists its errors once, independently of HTTP. A code is stable, so clients can switch
 * on it; docs/errors.md and GET /problems/{code} explain it.
 */

/** Error kinds; the HTTP layer maps each to one status, and an unmapped kind is a compile error. */
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

/** One fault of the input: its location, and a `detail` that states the fault and what is allowed. */
export type Fault = FaultLocation & { readonly code: string; readonly detail: string };

/** Name of a parameter or header, or a JSON pointer into the body (RFC 6901). */
type FaultLocation = { readonly parameter: string } | { readonly pointer: string };

interface ErrorMeaning {
  readonly kind: ErrorKind;
  /** Summary, the same for every occurrence. */
  readonly title: string;
  /** Advice to the client. */
  readonly remedy: string;
}

interface ErrorSpec<Args extends readonly unknown[]> extends ErrorMeaning {
  /** Describes the occurrence. Clients read it, so it must not contain SQL, file paths or internal names. */
  readonly message: (...args: Args) => string;
  readonly faults?: (...args: Args) => readonly Fault[];
  /** Extension members of the problem (RFC 9457 §3.2). */
  readonly extensions?: (...args: Args) => Readonly<Record<string, unknown>>;
}

export interface ErrorDefinition<Args extends readonly unknown[] = never> extends ErrorMeaning {
  readonly code: string;
  readonly create: (...args: Args) => ApplicationError;
}

export type ErrorCatalogue = Readonly<Record<string, ErrorDefinition>>;

/** An expected error with a code, safe to show to clients. */
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

// Each message has its own arguments; `any` in the constraint allows their inference.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Specs = Readonly<Record<string, ErrorSpec<any[]>>>;

type CatalogueOf<S extends Specs> = { readonly [Name in keyof S]: ErrorDefinition<Parameters<S[Name]['message']>> };

/** `{ PRODUCT_NOT_FOUND: … }` → a definition with code `product-not-found`; `create` takes the message's arguments. */
export function defineErrors<S extends Specs>(specs: S): CatalogueOf<S> {
  const entries = Object.entries(specs).map(([name, spec]) => [name, define(name, spec)]);
  return Object.freeze(Object.fromEntries(entries)) as CatalogueOf<S>;
}

function define(name: string, spec: Specs[string]): ErrorDefinition<unknown[]> {
  const { kind, title, remedy, message, faults, extensions } = spec;
  const details = { code: name.toLowerCase().replaceAll('_', '-'), kind, title, remedy };
  return Object.freeze({
    ...details,
    create: (...args: unknown[]) =>
      new ApplicationError(details, message(...args), faults?.(...args) ?? [], extensions?.(...args)),
  });
}
