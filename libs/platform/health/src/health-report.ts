/** What a part of the service says of itself; everybody may read it, so it names no host and no secret. */
export interface HealthReport {
  /** `degraded` serves all the same, `down` keeps the service from being ready. */
  readonly status: 'up' | 'degraded' | 'down';
  readonly reason?: string;
  /** How it does without what is not configured. */
  readonly mode?: string;
  readonly uptimeSeconds?: number;
}

export interface HealthReporter {
  readonly healthName: string;
  health(): HealthReport;
}
