import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A farm, dairy or cooperative; known by its name and place. */
@Entity('producers')
export class Producer {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  readonly id!: number;

  @Column({ type: 'varchar' })
  readonly name!: string;

  @Column({ type: 'varchar' })
  readonly place!: string;

  /** Degrees (WGS 84); null where the place is not known, and then the producer is near nobody. */
  @Column({ type: 'double', nullable: true })
  readonly latitude!: number | null;

  @Column({ type: 'double', nullable: true })
  readonly longitude!: number | null;
}
