import type { DatabaseSchema } from '@platform/database';
import { CreateProducers1763900000001 } from './migrations/1763900000001-create-producers.migration';
import { CreateProducts1763900000002 } from './migrations/1763900000002-create-products.migration';
import { CreateSigningKeys1763900000003 } from './migrations/1763900000003-create-signing-keys.migration';
import { CreateSearchIndex1763900000004 } from './migrations/1763900000004-create-search-index.migration';
import { AddProducerPositions1763900000005 } from './migrations/1763900000005-add-producer-positions.migration';
import { VersionSearchBlocks1763900000006 } from './migrations/1763900000006-version-search-blocks.migration';
import { VersionProducers1763900000007 } from './migrations/1763900000007-version-producers.migration';
import { CreateProductVersions1764000000002 } from './migrations/1764000000002-create-product-versions.migration';
import { CreateSyncState1764100000001 } from './migrations/1764100000001-create-sync-state.migration';
import { FoldWordsAgain1764300000001 } from './migrations/1764300000001-fold-words-again.migration';
import { CreateChangeLog1764500000001 } from './migrations/1764500000001-create-change-log.migration';
import { Producer } from './producer.entity';
import { Product } from './product.entity';

export const catalogueSchema: DatabaseSchema = {
  entities: [Producer, Product],
  migrations: [
    CreateProducers1763900000001,
    CreateProducts1763900000002,
    CreateSigningKeys1763900000003,
    CreateSearchIndex1763900000004,
    AddProducerPositions1763900000005,
    VersionSearchBlocks1763900000006,
    VersionProducers1763900000007,
    CreateProductVersions1764000000002,
    CreateSyncState1764100000001,
    FoldWordsAgain1764300000001,
    CreateChangeLog1764500000001,
  ],
};
