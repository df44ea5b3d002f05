/**
 * The catalogue in hand-written SQL: filter, ORDER BY, LIMIT and OFFSET, and a COUNT query. The first argument selects
 * the search: `like` or `fulltext` (MATCH … AGAINST). The join is a LEFT JOIN, because MariaDB starts an inner join
 * with the producers and sorts all products for a page (8 s instead of 1 ms for a million products).
 */
import Fastify from 'fastify';
import { createPool, type RowDataPacket } from 'mysql2/promise';

interface ListQuery {
  readonly sort: 'price' | 'name' | 'createdAt' | 'relevance';
  readonly order?: 'asc' | 'desc';
  readonly page?: string;
  readonly category?: string;
  readonly search?: string;
  readonly minPrice?: string;
  readonly maxPrice?: string;
  readonly inStock?: string;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const LIMIT = 20;
const usesFulltext = process.argv[2] === 'fulltext';

const pool = createPool({
  host: process.env['MYSQL_HOST'] ?? '',
  port: Number(process.env['MYSQL_PORT']),
  user: process.env['MYSQL_USER'] ?? '',
  password: process.env['MYSQL_PASSWORD'] ?? '',
  database: process.env['MYSQL_DB'] ?? '',
  charset: 'utf8mb4',
});

function search(text: string): Condition {
  const words = text.toLowerCase().split(/\s+/);
  if (usesFulltext)
    return {
      sql: 'MATCH (p.search_text) AGAINST (? IN BOOLEAN MODE)',
      values: [words.map((word) => `+${word}*`).join(' ')],
    };
  return {
    sql: words.map(() => 'p.search_text LIKE ?').join(' AND '),
    values: words.map((word) => `% ${word}%`),
  };
}

function conditionsOf(query: ListQuery): Condition[] {
  const conditions: Condition[] = [];
  if (query.category) conditions.push({ sql: 'p.category = ?', values: [query.category] });
  if (query.minPrice) conditions.push({ sql: 'p.price_minor >= ?', values: [Number(query.minPrice) * 100] });
  if (query.maxPrice) conditions.push({ sql: 'p.price_minor <= ?', values: [Number(query.maxPrice) * 100] });
  if (query.inStock) conditions.push({ sql: query.inStock === 'true' ? 'p.stock > 0' : 'p.stock = 0', values: [] });
  if (query.search) conditions.push(search(query.search));
  return conditions;
}

const columns = { price: 'p.price_minor', name: 'p.name_text', createdAt: 'p.created_at_ms' } as const;

function orderOf(query: ListQuery): Condition {
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  if (query.sort !== 'relevance') return { sql: `${columns[query.sort]} ${direction}, p.id ${direction}`, values: [] };
  const { sql, values } = search(query.search ?? '');
  return { sql: `${sql} DESC, p.id DESC`, values };
}

async function list(query: ListQuery) {
  const conditions = conditionsOf(query);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const values = conditions.flatMap((condition) => condition.values);
  const order = orderOf(query);
  const page = Number(query.page ?? 1);
  const [[rows], [[count]]] = await Promise.all([
    pool.query<RowDataPacket[]>(
      `SELECT p.id, p.name, p.description, p.category, p.price_minor, p.currency, p.unit, p.stock, p.created_at_ms,
              p.updated_at_ms, f.id AS producer_id, f.name AS producer_name, f.latitude, f.longitude
       FROM products AS p LEFT JOIN producers AS f ON f.id = p.producer_id
       ${where}
       ORDER BY ${order.sql}
       LIMIT ${LIMIT} OFFSET ${(page - 1) * LIMIT}`,
      [...values, ...order.values],
    ),
    pool.query<RowDataPacket[]>(`SELECT COUNT(*) AS total FROM products AS p ${where}`, values),
  ]);
  return {
    data: rows.map(toProduct),
    pagination: { limit: LIMIT, page, total: Number(count?.['total']), totalRelation: 'eq' },
  };
}

function toProduct({ price_minor, created_at_ms, updated_at_ms, ...row }: RowDataPacket) {
  const { producer_id, producer_name, latitude, longitude, ...rest } = row;
  return {
    ...rest,
    price: Number(price_minor) / 100,
    producer: {
      id: Number(producer_id),
      name: String(producer_name),
      latitude: latitude as unknown,
      longitude: longitude as unknown,
    },
    createdAt: new Date(Number(created_at_ms)).toISOString(),
    updatedAt: new Date(Number(updated_at_ms)).toISOString(),
  };
}

const server = Fastify();
server.get<{ Querystring: ListQuery }>('/products', ({ query }) => list(query));
void server.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
