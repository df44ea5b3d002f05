import type { OpenApiInfo } from '@platform/http';

/** Title, description and tags of the OpenAPI document. */
export const openApiInfo: OpenApiInfo = {
  title: 'FarmLokal catalogue',
  version: '1.0.0',
  description: `Products of local farmers: lists with sorting, search, filters and distance, and webhook events.

Every error is a problem (RFC 9457). Its \`type\` is a URL of this service that explains it, and \`errors\` lists the
faults of the input. Catalogue responses, except availability, have \`ETag\`, \`Cache-Control\` and \`Cache-Status\`. Every response has
\`X-Request-Id\`, which is also in the log. An empty parameter counts as absent. The examples work on the demo products.`,
  tags: {
    Catalogue: 'Reads products. Public and rate-limited per client IP; all responses except availability are cached.',
    Webhook: 'Receives events that change the catalogue. An event takes effect once, however often it is sent.',
    Operation: 'For operators: Kubernetes probes and Prometheus metrics.',
    Problems: 'Explains each error and its remedy.',
  },
};
