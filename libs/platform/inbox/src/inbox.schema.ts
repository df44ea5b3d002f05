import type { DatabaseSchema } from '@platform/database';
import { CreateWebhookInbox1764000000001 } from './migrations/1764000000001-create-webhook-inbox.migration';
import { EndPublicationLeases1764500000002 } from './migrations/1764500000002-end-publication-leases.migration';

/** Schema of the inbox. It has no entities, because the inbox uses hand-written SQL only. */
export const inboxSchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateWebhookInbox1764000000001, EndPublicationLeases1764500000002],
};
