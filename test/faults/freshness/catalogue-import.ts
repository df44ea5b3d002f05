/** Imports random products into an empty database, and returns the catalogue as the database stores it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProductDraft } from '@catalogue';
import { queryAt } from '../../support/databases';
import type { Replicas } from '../../support/replicas';
import type { Chance } from '../../support/chance';
import { withProduct, type CatalogueState, type ModelProducer } from './freshness-model';
import { externalIds, initialProducer, PRODUCERS, randomProduct } from './random-catalogue';

export async function importCatalogue(replicas: Replicas, databaseUrl: URL, chance: Chance): Promise<CatalogueState> {
  const products = externalIds
    .map((externalId) => randomProduct(externalId, chance))
    .map((product) => ({ ...product, producer: initialProducer(product.producer.name) }));
  const file = join(replicas.directory, 'products.ndjson');
  writeFileSync(file, products.map(toRecord).join('\n'));
  await replicas.cli('migrate');
  await replicas.cli('import', file);
  const productIds = await idsOf(databaseUrl, 'products', 'external_id');
  const producerIds = await idsOf(databaseUrl, 'producers', 'name');
  const producers = new Map<string, ModelProducer>(
    PRODUCERS.map((name) => [name, { ...initialProducer(name), id: producerIds.get(name)! }]),
  );
  return products.reduce<CatalogueState>(
    (state, product) => withProduct(state, productIds.get(product.externalId)!, product),
    { products: new Map(), producers },
  );
}

function toRecord({ externalId, priceMinor, producer, createdAtMs = 0, ...rest }: ProductDraft): string {
  const { name, ...position } = producer;
  const createdAt = new Date(createdAtMs).toISOString();
  return JSON.stringify({ ...rest, ...position, id: externalId, price: priceMinor / 100, producer: name, createdAt });
}

async function idsOf(databaseUrl: URL, table: string, column: string): Promise<ReadonlyMap<string, number>> {
  const rows = await queryAt(databaseUrl, `SELECT id, ${column} AS name FROM ${table}`);
  return new Map(rows.map((row) => [String(row['name']), Number(row['id'])]));
}
