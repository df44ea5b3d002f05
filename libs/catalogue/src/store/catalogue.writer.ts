/**
 * Runs the transactions that write the catalogue, and announces their changes after the commit. The write repositories
 * accept only such a transaction, in which they append to the change log.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeAnnouncer } from '../change-log/change-announcer.service';
import { ChangeLogRepository } from '../change-log/change-log.repository';

declare const ofCatalogue: unique symbol;

/** Entity manager of a transaction whose owner announces the changes after the commit. */
export type CatalogueTransaction = EntityManager & { readonly [ofCatalogue]: true };

/** Runs the work in a new transaction, or in several if it retries after a rollback. */
type Transaction = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

@Injectable()
export class CatalogueWriter {
  constructor(
    private readonly announcer: ChangeAnnouncer,
    private readonly changeLog: ChangeLogRepository,
  ) {}

  /** Announces the changes at once after the commit, or after a failed COMMIT, which may have taken effect. */
  async write<T>(transaction: Transaction, work: (transaction: CatalogueTransaction) => Promise<T>): Promise<T> {
    try {
      const result = await transaction((manager) => work(joinTransaction(manager)));
      await this.announcer.announce();
      return result;
    } catch (error) {
      void this.announcer.announce();
      throw error;
    }
  }

  /** Logs one change that stands for all products, after which every cached response is outdated. */
  logEverything(transaction: CatalogueTransaction): Promise<void> {
    return this.changeLog.append(transaction, [{ kind: 'everything' }]);
  }

  /** For the owner of a joined transaction, after its commit. */
  announce(): Promise<void> {
    return this.announcer.announce();
  }
}

/** For a transaction whose owner calls `announce` after the commit, as the inbox does. */
export function joinTransaction(manager: EntityManager): CatalogueTransaction {
  return manager as CatalogueTransaction;
}
