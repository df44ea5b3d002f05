export {
  PermanentFailure,
  type ApplyEffect,
  type EventCheck,
  type EventHandler,
  type EventHandlers,
  type WebhookEvent,
} from './event-handler.provider';
export { EVENT_STATES, type EventState } from './event-state';
export { InboxOperator, type EventDetails, type EventSummary } from './operation/inbox-operator.service';
export { WebhookErrors } from './webhook.errors';
export { WebhookModule } from './webhook.module';
export { webhookSchema } from './webhook.schema';
export { WebhookWorker } from './work/webhook-worker.service';
