import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A product of a producer, as stored in the table. Lists read raw rows instead. */
@Entity('products')
export class Product {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  readonly id!: number;

  /** Id in the source system, compared byte by byte. */
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

  /** Unit of the price: kg, dozen, piece, … */
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

  /** Folded words of the name: the sort key `name`, and the words that relevance ranks first. */
  @Column({ name: 'name_text', type: 'varchar' })
  readonly nameText!: string;

  /** Folded words of name and description, which the search matches. */
  @Column({ name: 'search_text', type: 'text' })
  readonly searchText!: string;
}
