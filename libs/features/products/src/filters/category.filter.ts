/** `category`: products in any of these categories. */
import { categoryKey, isCategorySlug, toCategorySlug } from '@catalogue';
import { joinSql, sql } from '@platform/database';
import { ListParameter } from '@platform/http';
import type { Filter } from './filter';

class CategoryParameters {
  @ListParameter({
    maxItems: 20,
    read: (text) => toCategorySlug(text) || text,
    accepts: isCategorySlug,
    what: 'slugs such as fruits or dairy-eggs (see GET /categories)',
    description:
      'Category slugs from `GET /categories`, comma-separated or as a repeated parameter. Matches products in any of them.',
    example: ['vegetables'],
  })
  readonly category: readonly string[] = [];
}

interface CategoryValues {
  /** Slugs in alphabetical order, one of which a product must have; empty means all. */
  readonly categories: readonly string[];
}

export const categoryFilter: Filter<CategoryParameters, CategoryValues> = {
  parameters: CategoryParameters,
  read: ({ category }) => ({ categories: category.toSorted() }),
  toParameters: ({ categories }) => ({ category: categories.join(',') || undefined }),
  conditionOf: ({ categories }) =>
    categories.length === 0
      ? undefined
      : {
          sql: () => [sql`p.category IN (${joinSql(categories, ', ')})`],
          matches: ({ category }) => categories.includes(category),
          sets: { within: [categories.map((slug) => ({ from: categoryKey(slug) }))] },
        },
};
