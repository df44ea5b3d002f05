/** API A: changed products, one product, its availability, and one order. Every route requires a token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TokenEndpoint } from './token-endpoint';
import type { DeletedProduct, PartnerProduct, PartnerState } from './partner-state';

const MAX_PAGE = 1_000;

export class PartnerApi {
  constructor(
    private readonly world: PartnerState,
    private readonly tokens: TokenEndpoint,
  ) {}

  install(server: FastifyInstance): void {
    const guarded = { onRequest: this.requireToken };
    server.get('/products', guarded, (request, reply) => this.list(request, reply));
    server.get<ById>('/products/:id', guarded, ({ params }, reply) =>
      orNotFound(this.world.findProduct(params.id), reply),
    );
    server.get<ById>('/products/:id/availability', guarded, ({ params }, reply) =>
      orNotFound(toAvailability(this.world.findProduct(params.id)), reply),
    );
    server.get<ById>('/orders/:id', guarded, ({ params }, reply) => orNotFound(this.toOrder(params.id), reply));
  }

  /** Refuses requests without a valid bearer token (RFC 6750 §3). */
  readonly requireToken = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (this.tokens.accepts(request.headers.authorization)) return;
    await reply.status(401).header('www-authenticate', 'Bearer error="invalid_token"').send({ error: 'invalid_token' });
  };

  /** Reads after the `cursor` of the previous page, or `since` a time. A cursor of an earlier run gets 410. */
  private list(request: FastifyRequest, reply: FastifyReply): object {
    const { cursor, since, limit } = request.query as Record<string, string | undefined>;
    const size = Math.min(MAX_PAGE, Math.max(1, Number(limit ?? 100) || 100));
    const start = cursor === undefined ? { after: 0, sinceMs: Date.parse(since ?? '') || 0 } : this.decode(cursor);
    if (start === undefined) return fail(reply, 410, 'cursor_unknown');
    const data: (PartnerProduct | DeletedProduct)[] = [];
    let after = start.after;
    for (const { sequence, product } of this.world.changesAfter(start.after, start.sinceMs)) {
      if (data.length === size) return this.page(data, { ...start, after }, true);
      data.push(product);
      after = sequence;
    }
    return this.page(data, { ...start, after: this.world.lastSequence }, false);
  }

  private page(data: readonly object[], position: SyncPosition, hasMore: boolean): object {
    return { data, nextCursor: this.encode(position), hasMore, remaining: this.world.lastSequence - position.after };
  }

  private encode({ after, sinceMs }: SyncPosition): string {
    return `${this.world.id}.${after}.${sinceMs}`;
  }

  private decode(cursor: string): SyncPosition | undefined {
    const [world, after, sinceMs] = cursor.split('.');
    return world === this.world.id ? { after: Number(after), sinceMs: Number(sinceMs) } : undefined;
  }

  /** Adds the remaining stock of its product to each line. */
  private toOrder(id: string): object | undefined {
    const order = this.world.findOrder(id);
    if (order === undefined) return undefined;
    const lines = order.lines.map((line) => {
      const product = this.world.findProduct(line.productId);
      const stock = product === undefined || 'deleted' in product ? 0 : product.stock;
      return { ...line, stock, version: product?.version ?? 0 };
    });
    return { ...order, lines };
  }
}

interface ById {
  Params: { id: string };
}

interface SyncPosition {
  readonly after: number;
  readonly sinceMs: number;
}

function toAvailability(product: PartnerProduct | DeletedProduct | undefined): object | undefined {
  if (product === undefined) return undefined;
  const stock = 'deleted' in product ? 0 : product.stock;
  return { productId: product.id, stock, version: product.version, asOf: new Date().toISOString() };
}

function orNotFound(resource: object | undefined, reply: FastifyReply): object {
  return resource ?? fail(reply, 404, 'not_found');
}

function fail(reply: FastifyReply, status: number, error: string): object {
  reply.status(status);
  return { error };
}
