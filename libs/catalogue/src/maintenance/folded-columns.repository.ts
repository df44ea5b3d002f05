/** Folded columns of products: the words and the category slug, as this build folds them. */
import { BLOCK_IDS } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { Between } from 'typeorm';
import { refoldCategorySlug } from '../category-slug';
import { searchColumnsOf } from '../product-draft';
import { Product } from '../product.entity';
import type { CatalogueTransaction } from '../store/catalogue.writer';

type Folded = Pick<Product, 'nameText' | 'searchText' | 'category'>;

@Injectable()
export class FoldedColumnsRepository {
  /**
   * Folds the texts of the products in a block again and writes those that differ. Returns whether one differed. Must
   * run inside a transaction that rebuilds the block afterwards.
   */
  async refold(manager: CatalogueTransaction, block: number): Promise<boolean> {
    const first = block * BLOCK_IDS;
    const products = await manager.find(Product, {
      select: { id: true, name: true, description: true, nameText: true, searchText: true, category: true },
      where: { id: Between(first, first + BLOCK_IDS - 1) },
    });
    let hasChanged = false;
    for (const product of products) {
      const { id, name, description, category } = product;
      const folded: Folded = { ...searchColumnsOf(product), category: refoldCategorySlug(category) };
      // A writer that has changed the texts meanwhile has also folded them.
      if (isSame(folded, product)) continue;
      await manager.update(Product, { id, name, description, category }, folded);
      hasChanged = true;
    }
    return hasChanged;
  }
}

function isSame(a: Folded, b: Folded): boolean {
  return a.nameText === b.nameText && a.searchText === b.searchText && a.category === b.category;
}
