/** Simple Redis cache: a Nest controller that reads the page from Redis, parses it and serialises it again. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';

const redis = new Redis(process.env['REDIS_URL'] ?? '');

@Controller('products')
class ProductsController {
  @Get()
  async list(): Promise<unknown> {
    return JSON.parse((await redis.get('page')) ?? 'null') as unknown;
  }
}

@Module({ controllers: [ProductsController] })
class CatalogueModule {}

async function main(): Promise<void> {
  await redis.set('page', readFileSync(process.env['PAGE_FILE'] ?? ''));
  const app = await NestFactory.create<NestFastifyApplication>(CatalogueModule, new FastifyAdapter(), {
    logger: ['error'],
  });
  await app.listen(Number(process.env['PORT']), '127.0.0.1');
}

void main();
