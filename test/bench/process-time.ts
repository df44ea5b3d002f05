import { readFileSync } from 'node:fs';

/** Duration of a clock tick, the unit of processor time in Linux: 1/sysconf(_SC_CLK_TCK). */
const TICK_MS = 10;

/** Processor time of all threads: utime + stime, fields 14 and 15 (proc(5)). Field 2, in parentheses, may contain spaces. */
export function processorTimeMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
