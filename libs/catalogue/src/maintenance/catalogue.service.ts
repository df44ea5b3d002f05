/** Prepares the catalogue when the service starts. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { ProductRepository } from '../store/product.repository';
import { SearchIndexStateRepository } from '../store/search-index-state.repository';
import { DemoCatalogueService } from './demo-catalogue.service';
import { ReindexService } from './reindex.service';

/** Demo products for an empty database: enough to page, search and compare. */
const DEMO_ROWS = 5_000;

const RUN_TO_COMPLETION = { signal: new AbortController().signal, onProgress: () => undefined };

@Injectable()
export class Catalogue {
  private readonly logger = new Logger('Catalogue');
  private readonly warmUps: (() => Promise<void>)[] = [];

  constructor(
    private readonly config: AppConfig,
    private readonly products: ProductRepository,
    private readonly index: SearchIndexStateRepository,
    private readonly reindex: ReindexService,
    private readonly demo: DemoCatalogueService,
  ) {}

  /** Registers work that follows each `prepare`, in production in the background. It must handle its own errors. */
  onPrepared(warmUp: () => Promise<void>): void {
    this.warmUps.push(warmUp);
  }

  /**
   * Must run after the database is open. In development an empty catalogue gets demo products and an incomplete search
   * index is built. Elsewhere an operator builds it, because that takes minutes; until then searches are slow.
   */
  async prepare(): Promise<void> {
    const isDevelopment = this.config.environment === 'development';
    if (isDevelopment && (await this.products.isEmpty()))
      await this.demo.fill({ rows: DEMO_ROWS, ...RUN_TO_COMPLETION });
    if (!(await this.index.isComplete())) {
      if (isDevelopment) await this.reindex.run(RUN_TO_COMPLETION);
      else this.logger.warn('The search index is incomplete and searches are slow. Run: npm run cli -- reindex');
    }
    const warm = Promise.all(this.warmUps.map((warmUp) => warmUp()));
    if (isDevelopment) await warm; // so that the first list already has its total
  }
}
