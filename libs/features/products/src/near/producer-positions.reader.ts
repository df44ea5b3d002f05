/**
 * Finds the producers near by, from what this process keeps in memory of them. Every search first asks whether a run
 * of producers has changed and reads those that have, so an answer is never older than its question.
 */
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import { CatalogueReader } from '../catalogue.reader';
import { PRODUCERS_A_BLOCK } from '../producer.repository';
import type { Circle } from '../product-listing';
import { ProducerPositions, type NearProducer, type PlacedProducer } from './producer-positions';

interface Block {
  readonly version: number;
  readonly positions: ProducerPositions;
}

@Injectable()
export class ProducerPositionsReader {
  private blocks: ReadonlyMap<number, Block> = new Map();

  constructor(private readonly reader: CatalogueReader) {}

  async within(near: Circle, limitMs?: number): Promise<NearProducer[]> {
    const blocks = await this.renew(limitMs);
    return [...blocks.values()].flatMap(({ positions }) => positions.within(near));
  }

  /** Reads what has changed; what it gives is as new as the call, whoever else renews meanwhile. */
  async renew(limitMs?: number): Promise<ReadonlyMap<number, Block>> {
    const versions = await this.reader.read<{ block: number; version: string | number }>(
      sql`SELECT block, version FROM producer_block`,
      limitMs,
    );
    const blocks = new Map<number, Block>();
    for (const { block, version } of versions) {
      const known = this.blocks.get(block);
      const isKnown = known?.version === Number(version);
      blocks.set(block, isKnown ? known : { version: Number(version), positions: await this.read(block, limitMs) });
    }
    this.blocks = blocks;
    return blocks;
  }

  private async read(block: number, limitMs?: number): Promise<ProducerPositions> {
    const first = block * PRODUCERS_A_BLOCK;
    const producers = await this.reader.read<PlacedProducer>(
      sql`SELECT id, x, y, z FROM producers
          WHERE id >= ${first} AND id < ${first + PRODUCERS_A_BLOCK} AND x IS NOT NULL`,
      limitMs,
    );
    return new ProducerPositions(producers);
  }
}
