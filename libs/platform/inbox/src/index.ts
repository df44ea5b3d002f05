export { Inbox } from './accept/inbox.service';
export type { NewEvent } from './accept/new-event';
export {
  PermanentFailure,
  type EventCheck,
  type EventEffects,
  type EventHandler,
  type InboxEvent,
} from './event-handler.provider';
export { EVENT_STATES, type EventState } from './event-state';
export { InboxErrors } from './inbox.errors';
export { InboxModule, type HandlersOptions } from './inbox.module';
export { inboxSchema } from './inbox.schema';
export { InboxOperator, type EventDetails, type EventSummary } from './operation/inbox-operator.service';
export { InboxWorker } from './work/inbox-worker.service';
