/**
 * The catalogue with nestjs-paginate: an entity and a list of columns. The library declares support up to Nest 11 and
 * works with 12. `overrides` in package.json permits this, and therefore also has to pin the ioredis of TypeORM.
 */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import {
  FilterOperator,
  paginate,
  Paginate,
  type PaginateConfig,
  type Paginated,
  type PaginateQuery,
} from 'nestjs-paginate';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Repository } from 'typeorm';

@Entity('producers')
class Producer {
  @PrimaryGeneratedColumn({ type: 'bigint' }) readonly id!: number;
  @Column({ type: 'varchar' }) readonly name!: string;
  @Column({ type: 'double', nullable: true }) readonly latitude!: number | null;
  @Column({ type: 'double', nullable: true }) readonly longitude!: number | null;
}

@Entity('products')
class Product {
  @PrimaryGeneratedColumn({ type: 'bigint' }) readonly id!: number;
  @Column({ type: 'varchar' }) readonly name!: string;
  @Column({ type: 'varchar' }) readonly description!: string;
  @Column({ type: 'varchar' }) readonly category!: string;
  @Column({ name: 'price_minor', type: 'int' }) readonly priceMinor!: number;
  @Column({ type: 'varchar' }) readonly currency!: string;
  @Column({ type: 'varchar' }) readonly unit!: string;
  @Column({ type: 'int' }) readonly stock!: number;
  @Column({ name: 'created_at_ms', type: 'bigint' }) readonly createdAtMs!: number;
  @Column({ name: 'updated_at_ms', type: 'bigint' }) readonly updatedAtMs!: number;
  @Column({ name: 'name_text', type: 'varchar' }) readonly nameText!: string;
  @Column({ name: 'search_text', type: 'text' }) readonly searchText!: string;
  @ManyToOne(() => Producer) @JoinColumn({ name: 'producer_id' }) readonly producer!: Producer;
}

const config: PaginateConfig<Product> = {
  relations: ['producer'],
  select: [
    ...(['id', 'name', 'description', 'category', 'priceMinor', 'currency', 'unit', 'stock', 'nameText'] as const),
    ...(['createdAtMs', 'updatedAtMs'] as const),
    ...(['producer.id', 'producer.name', 'producer.latitude', 'producer.longitude'] as const),
  ],
  sortableColumns: ['priceMinor', 'nameText', 'createdAtMs', 'id'],
  searchableColumns: ['searchText'],
  multiWordSearch: true,
  filterableColumns: {
    category: [FilterOperator.EQ],
    priceMinor: [FilterOperator.BTW, FilterOperator.GTE, FilterOperator.LTE],
    stock: [FilterOperator.GT, FilterOperator.EQ],
  },
  optimizedCount: true,
};

@Controller('products')
class ProductsController {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  @Get()
  list(@Paginate() query: PaginateQuery): Promise<Paginated<Product>> {
    return paginate(query, this.products, config);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'mysql',
      host: process.env['MYSQL_HOST'] ?? '',
      port: Number(process.env['MYSQL_PORT']),
      username: process.env['MYSQL_USER'] ?? '',
      password: process.env['MYSQL_PASSWORD'] ?? '',
      database: process.env['MYSQL_DB'] ?? '',
      charset: 'utf8mb4',
      supportBigNumbers: true,
      bigNumberStrings: false,
      entities: [Producer, Product],
    }),
    TypeOrmModule.forFeature([Product]),
  ],
  controllers: [ProductsController],
})
class CatalogueModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(CatalogueModule, new FastifyAdapter(), {
    logger: ['error'],
  });
  await app.listen(Number(process.env['PORT']), '127.0.0.1');
}

void main();
