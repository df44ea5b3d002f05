import { isCategorySlug, refoldCategorySlug } from './category-slug';

describe('category slug of an older build', () => {
  it.each([
    ['fruits', 'fruits'],
    ['sußes', 'susses'],
    ['œ'.repeat(64), 'oe'.repeat(32)],
    [`${'æ'.repeat(31)}-x-y-œ`, `${'ae'.repeat(31)}-x`],
  ])('category slug: %s becomes %s', (slug, refolded) => {
    expect(refoldCategorySlug(slug)).toBe(refolded);
    expect(isCategorySlug(refolded)).toBe(true);
  });
});
