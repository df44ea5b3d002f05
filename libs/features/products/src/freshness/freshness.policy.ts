/** Limits of cache invalidation, each with its reason. */
export const freshnessPolicy = {
  windowChanges: 20_000, // some 10 MB; at 100 changes per second the last three minutes
  /** Testing a change takes up to 0.3 ms with 1,000 filters; more changes at once outdate all responses instead. */
  maxIndexedChanges: 200,
} as const;
