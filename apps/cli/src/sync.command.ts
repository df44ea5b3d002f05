import type { RejectedProduct } from '@catalogue';
import { SyncService, type SyncSummary } from '@features/partner-sync';
import { AppConfig } from '@platform/config';
import { readTimestampMs } from '@platform/formats';
import { Clock } from '@platform/resilience';
import { InvalidArgumentError } from 'commander';
import { startDevelopmentSandbox } from '../../sandbox/src/development-sandbox';
import { withProgress } from './progress';
import { inSession, type Session } from './session';

/** Exit code if some products were rejected; all others were stored. */
const EXIT_SOME_REJECTED = 3;
const EXIT_BUSY = 4;

/** Attempts, one per second. The lease of a killed process expires within six seconds. */
const MAX_LEASE_ATTEMPTS = 8;

export async function syncCommand({ since }: { since?: Date }): Promise<void> {
  await inSession(async (session) => {
    await startDevelopmentSandbox(session.app.get(AppConfig));
    const { result: summary, seconds } = await withProgress('products', 0, (onProgress) =>
      runUnderLease(session, since?.getTime(), onProgress),
    );
    if (summary === 'busy') {
      process.stderr.write('Another process is already synchronising.\n');
      process.exitCode = EXIT_BUSY;
      return;
    }
    process.stdout.write(`${describe(summary)} in ${seconds} s\n`);
    if (session.signal.aborted) process.stdout.write('Interrupted. Run the command again to continue.\n');
    if (summary.rejected > 0) process.exitCode = EXIT_SOME_REJECTED;
  });
}

export function parseTime(text: string): Date {
  const ms = readTimestampMs(text);
  if (ms === undefined) throw new InvalidArgumentError('must be a time such as 2026-11-01 or 2026-11-01T08:00:00Z.');
  return new Date(ms);
}

async function runUnderLease(
  { app, signal }: Session,
  sinceMs: number | undefined,
  onProgress: (read: number, total: number) => void,
): Promise<SyncSummary | 'busy'> {
  for (let attempt = 1; ; attempt++) {
    const result = await app.get(SyncService).run({ sinceMs, signal, onProgress, onRejected: report });
    if (result !== 'busy' || attempt === MAX_LEASE_ATTEMPTS || signal.aborted) return result;
    await app.get(Clock).pause(1_000, signal);
  }
}

function report({ externalId, reasons }: RejectedProduct): void {
  process.stderr.write(`${JSON.stringify(externalId)} is rejected: ${reasons.join('; ')}\n`);
}

function describe({ read, changed, removed, unchanged, outdated, rejected }: SyncSummary): string {
  return `${read} read: ${changed} changed, ${removed} removed, ${unchanged} unchanged, ${outdated} outdated, ${rejected} rejected`;
}
