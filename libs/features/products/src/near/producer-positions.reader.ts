/**
 * Finds the producers near by, from what this process keeps in memory of them. Every search first asks whether a run
 * of producers has changed and reads those that have, so an answer is never older than its question.
 */
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import type { ReadSession } from '../catalogue.reader';
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

  async within(near: Circle, session: ReadSession): Promise<NearProducer[]> {
    const blocks = await this.renew(session);
    return [...blocks.values()].flatMap(({ positions }) => positions.within(near));
  }

  /** Reads what has changed; what it gives is as new as the call, whoever else renews meanwhile. */
  async renew(session: ReadSession): Promise<ReadonlyMap<number, Block>> {
    const versions = await session.read<{ block: number; version: string | number }>(
      sql`SELECT block, version FROM producer_block`,
    );
    const blocks = new Map<number, Block>();
    for (const { block, version } of versions) {
      const known = this.blocks.get(block);
      const isKnown = known?.version === Number(version);
      blocks.set(block, isKnown ? known : { version: Number(version), positions: await this.read(block, session) });
    }
    this.blocks = blocks;
    return blocks;
  }

  private async read(block: number, session: ReadSession): Promise<ProducerPositions> {
    const first = block * PRODUCERS_A_BLOCK;
    const producers = await session.read<PlacedProducer>(
      sql`SELECT id, x, y, z FROM producers
          WHERE id >= ${first} AND id < ${first + PRODUCERS_A_BLOCK} AND x IS NOT NULL`,
    );
    return new ProducerPositions(producers);
  }
}
