/** Simulated partner: token endpoint, API A, webhook subscriptions with their sender, and fault controls. */
import fastify, { type FastifyInstance } from 'fastify';
import { installFaultControls } from './fault-controls';
import { Faults } from './faults';
import { PartnerApi } from './partner-api';
import { RequestLog } from './request-log';
import type { Settings } from './settings';
import { installSubscriptions } from './subscriptions';
import { TokenEndpoint } from './token-endpoint';
import { WebhookSender } from './webhook-sender';
import { PartnerState } from './partner-state';

export interface SandboxOptions extends Settings {
  readonly products: number;
}

export function createSandbox({ products, ...settings }: SandboxOptions): FastifyInstance {
  // no timeouts or limits, because clients have to handle a slow partner
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  );
  const world = new PartnerState(products);
  const tokens = new TokenEndpoint(settings);
  const faults = new Faults();
  const requests = new RequestLog();
  const sender = new WebhookSender(settings);
  const api = new PartnerApi(world, tokens);

  requests.install(server);
  faults.install(server);
  tokens.install(server);
  api.install(server);
  installSubscriptions(server, api, sender);
  installFaultControls(server, { settings, world, tokens, faults, requests, sender });
  server.addHook('onClose', (_, done) => {
    sender.end();
    done();
  });
  return server;
}
