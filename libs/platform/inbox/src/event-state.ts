/**
 * RECEIVED and RETRY events wait for an attempt or are in one; the other states end an event. DONE: applied. SKIPPED:
 * older than the stored version. DEAD: dead letter, which waits for an operator.
 */
export const EVENT_STATES = ['RECEIVED', 'RETRY', 'DONE', 'SKIPPED', 'DEAD'] as const;

export type EventState = (typeof EVENT_STATES)[number];

export const FINAL_STATES = ['DONE', 'SKIPPED'] as const satisfies readonly EventState[];
