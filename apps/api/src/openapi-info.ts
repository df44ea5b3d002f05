import type { OpenApiInfo } from '@platform/http';

/** What the OpenAPI document says of the whole. */
export const openApiInfo: OpenApiInfo = {
  title: 'FarmLokal catalogue',
  version: '1.0.0',
  description: `Products of local farmers: pages, sorted, searched, filtered and near by; and events that change them.

Every error is a problem (RFC 9457) whose \`type\` is an address of this service that explains it; faults of the input come all
at once in \`errors\`. Catalogue answers carry \`ETag\`, \`Cache-Control\` and \`Cache-Status\`; every answer carries
\`X-Request-Id\`, which is also in the log. An empty parameter counts as not given. The examples work as they stand on the demo catalogue.`,
  tags: {
    Catalogue: 'Reading products. Public, cached, and limited per client address.',
    Webhook: 'Telling the catalogue what has changed. Each event is applied exactly once, however often it is sent.',
    Operation: 'For those who run the service: probes of Kubernetes, metrics for Prometheus.',
    Problems: 'What errors mean and what to do about them.',
  },
};
