/** Action at a failpoint, with which a test simulates a crash, an error or a delay there. */
export type Failpoint = { readonly action: 'kill' | 'stop' | 'throw' } | { readonly delayMs: number };

/** Parses text such as `in.insert.sent=kill,wk.claimed=delay:500`; undefined for invalid text. */
export function parseFailpoints(text: string): ReadonlyMap<string, Failpoint> | undefined {
  const entries = text
    .split(',')
    .filter((each) => each !== '')
    .map(parseFailpoint);
  return entries.every((entry) => entry !== undefined) ? new Map(entries) : undefined;
}

function parseFailpoint(text: string): [name: string, failpoint: Failpoint] | undefined {
  const [, name = '', action, delay] = /^([a-z.]+)=(?:(kill|stop|throw)|delay:(\d{1,6}))$/.exec(text) ?? [];
  if (delay !== undefined) return [name, { delayMs: Number(delay) }];
  return action === undefined ? undefined : [name, { action: action as 'kill' | 'stop' | 'throw' }];
}
