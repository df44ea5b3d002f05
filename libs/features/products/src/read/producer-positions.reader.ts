/**
 * Finds nearby producers by positions cached in this process. Every search first compares the versions of the producer
 * blocks and reloads changed ones, so a result is never older than its request.
 */
import { PRODUCERS_PER_BLOCK, type Circle, type ReadSession } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import { ProducerPositions, type NearbyProducer, type ProducerPosition } from './producer-positions';

interface Block {
  readonly version: number;
  readonly positions: ProducerPositions;
}

@Injectable()
export class ProducerPositionsReader {
  private blocks: ReadonlyMap<number, Block> = new Map();

  async within(near: Circle, session: ReadSession): Promise<NearbyProducer[]> {
    const blocks = await this.refresh(session);
    return [...blocks.values()].flatMap(({ positions }) => positions.within(near));
  }

  /** Reloads changed blocks. The result is at least as new as the call, even if other calls refresh concurrently. */
  async refresh(session: ReadSession): Promise<ReadonlyMap<number, Block>> {
    const versions = await session.read<{ block: number; version: string | number }>(
      sql`SELECT block, version FROM producer_block`,
    );
    const blocks = new Map<number, Block>();
    for (const { block, version } of versions) {
      const cached = this.blocks.get(block);
      const isCurrent = cached?.version === Number(version);
      blocks.set(block, isCurrent ? cached : { version: Number(version), positions: await this.read(block, session) });
    }
    this.blocks = blocks;
    return blocks;
  }

  private async read(block: number, session: ReadSession): Promise<ProducerPositions> {
    const first = block * PRODUCERS_PER_BLOCK;
    const producers = await session.read<ProducerPosition>(
      sql`SELECT id, x, y, z FROM producers
          WHERE id >= ${first} AND id < ${first + PRODUCERS_PER_BLOCK} AND x IS NOT NULL`,
    );
    return new ProducerPositions(producers);
  }
}
