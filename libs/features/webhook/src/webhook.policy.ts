/** Limits of deliveries, each with its reason. */
const SECOND = 1_000;

export const webhookPolicy = {
  maxBodyBytes: 256 * 1_024, // fixed by the API contract
  bodyDeadlineMs: 10 * SECOND, // for 256 KiB over a slow connection
  signatureToleranceSeconds: 300, // Standard Webhooks 1.0: allows clock skew, limits replay attacks
} as const;
