import { defineErrors } from '@platform/errors';
import type { HealthReport } from './health-report';

type Details = Readonly<Record<string, HealthReport>>;

export const HealthErrors = defineErrors({
  NOT_READY: {
    kind: 'unavailable',
    title: 'The service is not ready',
    remedy: 'Send requests to another instance until this one is ready; `details` has the reason.',
    message: (details: Details) =>
      Object.entries(details)
        .filter(([, { status }]) => status === 'down')
        .map(([name, { reason }]) => `${name}: ${String(reason)}`)
        .join('; '),
    extensions: (details: Details) => ({ details }),
  },
});
