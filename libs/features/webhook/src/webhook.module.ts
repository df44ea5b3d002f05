import { Module, type DynamicModule } from '@nestjs/common';
import { BodyReader } from '@platform/http';
import { InboxModule, type HandlersOptions } from '@platform/inbox';
import { ClientAddressesModule } from '@platform/rate-limit';
import { WebhookController } from './webhook.controller';

/** Webhook: receives events over HTTP for the inbox. */
@Module({})
export class WebhookModule {
  static handling(options: HandlersOptions): DynamicModule {
    return {
      module: WebhookModule,
      imports: [ClientAddressesModule, InboxModule.handling(options)],
      controllers: [WebhookController],
      providers: [BodyReader],
      exports: [InboxModule],
    };
  }
}
