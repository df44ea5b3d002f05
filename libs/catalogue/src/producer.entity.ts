import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A farm, dairy or cooperative, identified by its name and place. */
@Entity('producers')
export class Producer {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  readonly id!: number;

  @Column({ type: 'varchar' })
  readonly name!: string;

  @Column({ type: 'varchar' })
  readonly place!: string;

  /** Degrees (WGS 84); null if the position is unknown: such a producer never matches `near`. */
  @Column({ type: 'double', nullable: true })
  readonly latitude!: number | null;

  @Column({ type: 'double', nullable: true })
  readonly longitude!: number | null;
}
