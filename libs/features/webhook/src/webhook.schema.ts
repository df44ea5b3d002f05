import type { DatabaseSchema } from '@platform/database';
import { CreateWebhookInbox1764000000001 } from './migrations/1764000000001-create-webhook-inbox.migration';

/** The inbox is read and written by hand-written SQL alone. */
export const webhookSchema: DatabaseSchema = { entities: [], migrations: [CreateWebhookInbox1764000000001] };
