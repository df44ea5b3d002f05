/**
 * RECEIVED and RETRY wait for an attempt or are in one; the others are ends. DONE has its effect, SKIPPED was older
 * than what is known already, DEAD waits for an operator.
 */
export const EVENT_STATES = ['RECEIVED', 'RETRY', 'DONE', 'SKIPPED', 'DEAD'] as const;

export type EventState = (typeof EVENT_STATES)[number];

export const FINAL_STATES = ['DONE', 'SKIPPED'] as const satisfies readonly EventState[];
