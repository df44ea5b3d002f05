import type { DatabaseSchema } from '@platform/database';
import { CreateWebhookInbox1764000000001 } from './migrations/1764000000001-create-webhook-inbox.migration';

/** Schema of the inbox. It has no entities, because the inbox uses hand-written SQL only. */
export const inboxSchema: DatabaseSchema = { entities: [], migrations: [CreateWebhookInbox1764000000001] };
