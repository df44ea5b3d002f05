/** Samples memory, open files, sockets and handles of a process from /proc and its metrics. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { metricAt } from '../support/metrics';

export interface Sample {
  readonly minute: number;
  readonly residentMiB: number;
  readonly openFiles: number;
  readonly sockets: number;
  readonly handles: number;
}

type Resource = Exclude<keyof Sample, 'minute'>;

export async function sampleOf(pid: number, url: string, minute: number): Promise<Sample> {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`));
  return {
    minute,
    residentMiB: Number(kibibytes) / 1_024,
    openFiles: files.length,
    sockets: files.filter((target) => target.startsWith('socket:')).length,
    handles: await metricAt(url, 'nodejs_active_handles_total'),
  };
}

/** Returns the median of a resource between two minutes. */
export function medianOf(samples: readonly Sample[], resource: Resource, from: number, to: number): number {
  const values = samples.filter(({ minute }) => minute >= from && minute < to).map((sample) => sample[resource]);
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Returns the target of a file descriptor, or '' if it has been closed since it was listed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
