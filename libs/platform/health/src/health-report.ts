/** Health of one component. The endpoint is public, so a report contains no host names and no secrets. */
export interface HealthReport {
  /** `degraded` leaves the service ready; `down` makes it unready. */
  readonly status: 'up' | 'degraded' | 'down';
  readonly reason?: string;
  /** Mode of operation if an optional system is not configured. */
  readonly mode?: string;
  readonly uptimeSeconds?: number;
}

export interface HealthReporter {
  readonly healthName: string;
  health(): HealthReport;
}
