import { EVENT_STATES, InboxOperator, type EventDetails, type EventState, type EventSummary } from '@platform/inbox';
import { InvalidArgumentError } from 'commander';
import { inSession } from './session';

/** Exit code if an event does not exist or cannot be replayed. */
const EXIT_NOT_ALL = 3;

export async function listEventsCommand(options: { state?: EventState; limit: number }): Promise<void> {
  await inSession(async ({ app }) => {
    const events = await app.get(InboxOperator).list({ state: options.state, limit: options.limit });
    process.stdout.write(events.length === 0 ? 'No events found.\n' : `${events.map(toLine).join('\n')}\n`);
  });
}

export async function showEventCommand(eventId: string): Promise<void> {
  await inSession(async ({ app }) => {
    const event = await app.get(InboxOperator).find(eventId);
    if (event !== undefined) return void process.stdout.write(describe(event));
    process.stderr.write(`event not found: ${eventId}\n`);
    process.exitCode = EXIT_NOT_ALL;
  });
}

export async function replayEventsCommand(eventIds: string[]): Promise<void> {
  await inSession(async ({ app }) => {
    for (const eventId of eventIds) {
      const replay = await app.get(InboxOperator).replay(eventId);
      process.stdout.write(
        `${eventId}  ${replay === 'replayed' ? replay : `not replayed: ${replay}; only DEAD events can be replayed`}\n`,
      );
      if (replay !== 'replayed') process.exitCode = EXIT_NOT_ALL;
    }
  });
}

export function parseState(text: string): EventState {
  const state = EVENT_STATES.find((each) => each === text.toUpperCase());
  if (state === undefined) throw new InvalidArgumentError(`must be one of ${EVENT_STATES.join(', ').toLowerCase()}.`);
  return state;
}

function toLine({ eventId, type, state, attempts, receivedAtMs, lastError }: EventSummary): string {
  const attemptCount = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const columns = [toTime(receivedAtMs), state.padEnd(8), attemptCount.padStart(11), type, eventId, lastError ?? ''];
  return columns.map(toPrintable).join('  ').trimEnd();
}

function describe({ conflicts, payload, ...event }: EventDetails): string {
  const entries = Object.entries(event).filter(([, value]) => value !== null);
  const lines = entries.map(([name, value]) => {
    return name.endsWith('Ms')
      ? `${name.slice(0, -2).padEnd(16)}  ${toTime(Number(value))}`
      : `${name.padEnd(16)}  ${toPrintable(String(value))}`;
  });
  const conflictLines = conflicts.map(
    ({ bodySha256, bodyBytes, times, lastAtMs, requestId }) =>
      `conflict          ${bodyBytes} bytes, sha256 ${bodySha256}, ${times} times, last ${toTime(lastAtMs)} in request ${requestId}`,
  );
  return `${[...lines, ...conflictLines, '', toPrintable(payload ?? 'The payload has been purged.')].join('\n')}\n`;
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Escapes control characters, so that text of a sender cannot control the terminal: `a\nb` → `a\u{a}b`. */
function toPrintable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
