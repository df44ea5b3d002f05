/** API A: products as they change, one product, what there is of it, and one order. All of it wants a token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TokenEndpoint } from './token-endpoint';
import type { DeletedProduct, PartnerProduct, World } from './world';

const MAX_PAGE = 1_000;

export class PartnerApi {
  constructor(
    private readonly world: World,
    private readonly tokens: TokenEndpoint,
  ) {}

  install(server: FastifyInstance): void {
    const guarded = { onRequest: this.wantsToken };
    server.get('/products', guarded, (request, reply) => this.list(request, reply));
    server.get<ById>('/products/:id', guarded, ({ params }, reply) => found(this.world.findProduct(params.id), reply));
    server.get<ById>('/products/:id/availability', guarded, ({ params }, reply) =>
      found(toAvailability(this.world.findProduct(params.id)), reply),
    );
    server.get<ById>('/orders/:id', guarded, ({ params }, reply) => found(this.toOrder(params.id), reply));
  }

  /** RFC 6750 §3. */
  readonly wantsToken = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (this.tokens.accepts(request.headers.authorization)) return;
    await reply.status(401).header('www-authenticate', 'Bearer error="invalid_token"').send({ error: 'invalid_token' });
  };

  /** `cursor` of the page before, or `since` a time; 410 for a cursor of a world that is gone. */
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

  private page(data: readonly object[], place: Place, hasMore: boolean): object {
    return { data, nextCursor: this.encode(place), hasMore, remaining: this.world.lastSequence - place.after };
  }

  private encode({ after, sinceMs }: Place): string {
    return `${this.world.id}.${after}.${sinceMs}`;
  }

  private decode(cursor: string): Place | undefined {
    const [world, after, sinceMs] = cursor.split('.');
    return world === this.world.id ? { after: Number(after), sinceMs: Number(sinceMs) } : undefined;
  }

  /** Each line with what is left of its product. */
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

interface Place {
  readonly after: number;
  readonly sinceMs: number;
}

function toAvailability(product: PartnerProduct | DeletedProduct | undefined): object | undefined {
  if (product === undefined) return undefined;
  const stock = 'deleted' in product ? 0 : product.stock;
  return { productId: product.id, stock, version: product.version, asOf: new Date().toISOString() };
}

function found(thing: object | undefined, reply: FastifyReply): object {
  return thing ?? fail(reply, 404, 'not_found');
}

function fail(reply: FastifyReply, status: number, error: string): object {
  reply.status(status);
  return { error };
}
