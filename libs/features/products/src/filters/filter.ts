/** The contract of a filter: everything that lists, plans, statements and caches need to apply it is in its one file. */
import type { Circle, ColumnName, IndexedProperties, KeyRange, UnitVector } from '@catalogue';
import type { SqlFragment } from '@platform/database';

/** `Parameters`: as parsed from the query. `Values`: canonical, so that equivalent queries have equal values. */
export interface Filter<Parameters extends object, Values extends object> {
  /** Query parameters with their limits and documentation. */
  readonly parameters: new () => Parameters;
  /** Returns the canonical values; undefined or empty values restrict nothing. */
  readonly read: (query: Parameters) => Values;
  /** Returns the query parameters of the canonical URL; those that are undefined are omitted. */
  readonly toParameters: (values: Values, query: Parameters) => UrlParameters;
  /** Returns the condition on products; undefined if the values restrict nothing. */
  readonly conditionOf: (values: Values) => Condition | undefined;
}

export type UrlParameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** The properties of a product that filters test. A change of any other property cannot affect a list, except its rows. */
export interface FilteredProduct extends IndexedProperties {
  /** Position of its producer; null if unknown. */
  readonly position: UnitVector | null;
}

/**
 * A condition on products, in each form that is needed to evaluate it. `sql` and `matches` always decide exactly. The
 * index evaluates a condition by its sets, by its column range, or by the distance of the producer.
 */
export interface Condition {
  /** Conditions on `products AS p`, and on `producers AS f` if `usesProducer` is true; all must hold. */
  readonly sql: () => readonly SqlFragment[];
  readonly matches: (product: FilteredProduct) => boolean;
  readonly sets?: SetCondition;
  readonly range?: ColumnRange;
  /** The producer of the product must be inside. */
  readonly circle?: Circle;
  readonly usesProducer?: boolean;
  /** Whether the SQL reads the texts of a product, which costs most; it then follows all other conditions. */
  readonly readsText?: boolean;
}

/** The sets of a group are united. */
interface SetCondition {
  /** A match is in every group. */
  readonly within?: readonly (readonly KeyRange[])[];
  /** A match is not in all of these groups at once. */
  readonly without?: readonly (readonly KeyRange[])[];
  /** Whether the sets also contain products that do not match, so that the rows must decide. */
  readonly isApproximate?: boolean;
}

/** Bounds of the values in a column of the search index, both inclusive. */
export interface ColumnRange {
  readonly column: ColumnName;
  readonly lowest: number;
  readonly highest: number;
}
