export { EventHandlersModule } from './handlers/event-handlers.module';
export { WebhookErrors } from './webhook.errors';
