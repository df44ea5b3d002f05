import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a producer offers; says what the table holds. Lists read raw rows. */
@Entity('products')
export class Product {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  readonly id!: number;

  /** The id in the system that the product comes from, compared byte for byte. */
  @Column({ name: 'external_id', type: 'varchar' })
  readonly externalId!: string;

  @Column({ type: 'varchar' })
  readonly name!: string;

  @Column({ type: 'varchar' })
  readonly description!: string;

  /** A slug. */
  @Column({ type: 'varchar' })
  readonly category!: string;

  @Column({ name: 'price_minor', type: 'int' })
  readonly priceMinor!: number;

  /** ISO 4217. */
  @Column({ type: 'varchar' })
  readonly currency!: string;

  /** What the price is for: kg, dozen, piece, … */
  @Column({ type: 'varchar' })
  readonly unit!: string;

  @Column({ type: 'int' })
  readonly stock!: number;

  @Column({ name: 'producer_id', type: 'bigint' })
  readonly producerId!: number;

  @Column({ name: 'created_at_ms', type: 'bigint' })
  readonly createdAtMs!: number;

  @Column({ name: 'updated_at_ms', type: 'bigint' })
  readonly updatedAtMs!: number;

  /** The words of the name: what lists are sorted by, and what relevance looks at. */
  @Column({ name: 'name_text', type: 'varchar' })
  readonly nameText!: string;

  /** The words of name and description: what is searched. */
  @Column({ name: 'search_text', type: 'text' })
  readonly searchText!: string;
}
