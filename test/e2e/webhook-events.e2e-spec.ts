/** Effects of events on the catalogue, and validation of events. */
import { createHash } from 'node:crypto';
import request from 'supertest';
import { aProduct } from '../support/catalogue';
import { contractDatabases } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';
import { metricOf } from '../support/metrics';

describe.each(contractDatabases)('webhook events on %s', (_, createDatabase) => {
  let inbox: TestInbox;
  let sent = 0;
  const newId = () => `evt-${(sent += 1)}`;

  beforeAll(async () => {
    inbox = await startInbox(createDatabase);
  });
  afterAll(() => inbox.close());

  const pageOf = async (search: string) => {
    const response = await request(inbox.app.getHttpServer()).get(`/products?search=${search}&count=exact`).expect(200);
    return response.body as {
      data: { id: number; name: string; stock: number; price: number }[];
      pagination: { total: number };
    };
  };
  const data = {
    name: 'Quince',
    category: 'Fruits',
    price: 40.5,
    unit: 'kg',
    stock: 12,
    producer: { name: 'Orchard', place: 'Nashik', latitude: 19.99, longitude: 73.78 },
  };
  const apply = async (body: object, state = 'DONE') => {
    const id = newId();
    await inbox.send(id, body).expect(202);
    return inbox.until(id, state);
  };

  it('product events: create, update and delete a product, and an older version is skipped', async () => {
    await apply({ event: 'product.created', id: 'q', version: 1, data });
    expect((await pageOf('quince')).data).toMatchObject([{ name: 'Quince', stock: 12, price: 40.5 }]);
    await apply({ event: 'product.updated', id: 'q', version: 2, data: { ...data, price: 42 } });
    expect((await pageOf('quince')).data).toMatchObject([{ price: 42 }]);
    await apply({ event: 'product.deleted', id: 'q', version: 3 });
    expect((await pageOf('quince')).data).toEqual([]);
    await apply({ event: 'product.updated', id: 'q', version: 2, data }, 'SKIPPED');
    expect((await pageOf('quince')).data).toEqual([]);
  });

  it('stock.updated: changes the stock of an imported product and the result of the inStock filter', async () => {
    await inbox.given(aProduct({ externalId: '48213', name: 'Medlar', stock: 5 }));
    await apply({ event: 'stock.updated', id: 48_213, data: { stock: 0 } });
    expect((await pageOf('medlar')).data).toMatchObject([{ stock: 0 }]);
    expect((await pageOf('medlar&inStock=true')).data).toEqual([]);
    expect((await pageOf('medlar&inStock=false')).pagination.total).toBe(1);
  });

  it.each([
    ['no id', { event: 'stock.updated', data: { stock: 1 } }, '/id', 'id must be'],
    ['an id with a trailing space', { event: 'product.deleted', id: 'q ' }, '/id', 'id must be'],
    [
      'an id beyond the exact integers',
      { event: 'stock.updated', id: 2 ** 60, data: { stock: 1 } },
      '/id',
      'id must be',
    ],
    ['a version that is not a number', { event: 'order.updated', id: 1, version: 'v7' }, '/version', 'version must be'],
    ['data that is not an object', { event: 'stock.updated', id: 1, data: 7 }, '/data', 'data must be an object'],
    ['a negative stock', { event: 'stock.updated', id: 1, data: { stock: -1 } }, '/data/stock', 'data.stock must be'],
    ['no stock', { event: 'stock.updated', id: 1, data: {} }, '/data/stock', 'data.stock must be'],
    [
      'a product without a price',
      { event: 'product.created', id: 1, data: { ...data, price: null } },
      '/data',
      'price is missing',
    ],
    ['a type in another case', { event: 'Product.Updated', id: 1, data }, '/event', 'did you mean product.updated?'],
    ['a type with a space', { event: 'order.updated ', id: 1 }, '/event', 'did you mean order.updated?'],
  ])('event validation: %s gets a 400, and the event is not stored', async (__, body, pointer, detail) => {
    const id = newId();
    const response = await inbox.send(id, body).expect(400);
    const errors = [{ pointer, detail: expect.stringContaining(detail) as string }];
    expect(response.body).toMatchObject({ code: 'invalid-event', errors });
    expect(await inbox.row(id)).toBeUndefined();
  });

  it('event validation: all errors are reported at once', async () => {
    const response = await inbox.send(newId(), { event: 'product.created', id: '', version: -1, data: [] }).expect(400);
    const { errors } = response.body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/id', '/version', '/data']);
  });

  it('dead letter: an invalid event that an older build accepted is DEAD at once, and still a duplicate', async () => {
    const body = JSON.stringify({ event: 'stock.updated', id: 1, version: -7 });
    await inbox.dataSource.query(
      `INSERT INTO webhook_events (event_id, body_sha256, type, payload, request_id, state, received_at_ms, due_at_ms)
       VALUES ('old', ?, 'stock.updated', ?, 'r', 'RECEIVED', 0, 0)`,
      [createHash('sha256').update(body).digest('hex'), body],
    );
    expect(await inbox.until('old', 'DEAD')).toMatchObject({
      lastError: expect.stringContaining('version') as string,
    });
    expect((await inbox.send('old', body).expect(200)).body).toMatchObject({ status: 'duplicate' });
  });

  it('dead letter: an event that needs a lookup is DEAD at once if no partner is configured', async () => {
    const row = await apply({ event: 'order.updated', id: 123 }, 'DEAD');
    expect(row).toMatchObject({
      attempts: 1,
      lastError: expect.stringContaining('no partner is configured') as string,
    });
  });

  it('lenient input: null members count as absent, and numbers may be strings', async () => {
    await apply({ event: 'product.created', id: 'n', version: null, data: { ...data, name: 'Loquat', stock: '3' } });
    const stock = async () => (await pageOf('loquat')).data.map((each) => each.stock);
    expect(await stock()).toEqual([3]);
    await apply({ event: 'stock.updated', id: 'n', version: '5', data: { stock: '4' } });
    expect(await stock()).toEqual([4]);
    await apply({ event: 'stock.updated', id: 'n', version: 4, data: { stock: 9 } }, 'SKIPPED');
    await apply({ event: 'stock.updated', id: 'n', version: 6, data: { stock: 5.0 } });
    await apply({ event: 'product.updated', id: 'n', version: 7, data: { ...data, name: 'Loquat', stock: null } });
    expect(await stock()).toEqual([5]);
    await apply({ event: 'product.deleted', id: 'n', version: null, data: null });
    expect(await stock()).toEqual([]);
  });

  it('unknown event type: the event is stored, counted and DONE', async () => {
    const before = await metricOf(inbox, 'farmlokal_webhook_attempts_total{event="other",result="done"}');
    expect(await apply({ event: 'weather.changed', anything: [1, 2] })).toMatchObject({
      payload: '{"event":"weather.changed","anything":[1,2]}',
    });
    expect(await metricOf(inbox, 'farmlokal_webhook_attempts_total{event="other",result="done"}')).toBe(before + 1);
  });
});
