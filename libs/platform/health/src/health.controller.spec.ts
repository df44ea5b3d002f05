import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import type { AppConfig } from '@platform/config';
import type { RedisClient } from '@platform/redis';
import type { HealthReport, HealthReporter } from './health-report';
import { HealthController } from './health.controller';
import { Lifecycle } from './lifecycle.service';
import { RedisHealth } from './redis-health.service';
import { ServiceHealth } from './service-health.service';

const NOT_READY = { definition: { code: 'not-ready', kind: 'unavailable' } };

describe('health endpoints', () => {
  let terminus: INestApplicationContext;
  let checks: HealthCheckService;
  beforeAll(async () => {
    const module = TerminusModule.forRoot({ logger: false });
    terminus = await NestFactory.createApplicationContext(module, { logger: false });
    checks = terminus.get(HealthCheckService);
  });
  afterAll(() => terminus.close());

  it('live: answers ok in every phase, whatever is down', () => {
    const { endpoints, lifecycle, database } = setUp(checks);
    database.report = { status: 'down' };
    expect(endpoints.live({})).toEqual({ status: 'ok' });
    lifecycle.end();
    expect(endpoints.live({})).toEqual({ status: 'ok' });
  });

  it('startup: fails until the service has started, and never again', async () => {
    const { endpoints, lifecycle, database } = setUp(checks);
    await expect(endpoints.startup({})).rejects.toMatchObject(NOT_READY);
    lifecycle.started();
    database.report = { status: 'down' };
    expect(await endpoints.startup({})).toMatchObject({ status: 'ok' });
    lifecycle.end();
    expect(await endpoints.startup({})).toMatchObject({ status: 'ok' });
  });

  it('ready: fails before the start and as soon as the shutdown begins', async () => {
    const { endpoints, lifecycle } = setUp(checks);
    await expect(endpoints.ready({})).rejects.toThrow('service: it is starting');
    lifecycle.started();
    expect(await endpoints.ready({})).toMatchObject({ status: 'ok' });
    lifecycle.end();
    await expect(endpoints.ready({})).rejects.toMatchObject(NOT_READY);
    await expect(endpoints.ready({})).rejects.toThrow('service: it is about to end');
  });

  it('ready: fails while the database is down, and says why', async () => {
    const { endpoints, database } = setUp(checks, 'serving');
    database.report = { status: 'down', reason: 'it does not answer' };
    await expect(endpoints.ready({})).rejects.toMatchObject({
      ...NOT_READY,
      message: 'database: it does not answer',
      extensions: { details: { service: { status: 'up' }, database: { status: 'down' } } },
    });
  });

  it('ready: a part that is degraded does not make the service unready', async () => {
    const { endpoints, database } = setUp(checks, 'serving');
    database.report = { status: 'degraded', reason: '1 of 2 replicas left out' };
    expect(await endpoints.ready({})).toMatchObject({ status: 'degraded', details: { database: database.report } });
  });

  it('ready: a lost Redis only degrades the service', async () => {
    const { endpoints, redis } = setUp(checks, 'serving');
    Object.assign(redis, { problem: 'it cannot be reached', isAvailable: false });
    expect(await endpoints.ready({})).toMatchObject({ status: 'degraded', details: { redis: { status: 'degraded' } } });
  });

  it('detail: the report lists the other parts, which readiness leaves out', async () => {
    const { endpoints } = setUp(checks, 'serving');
    expect(await endpoints.ready({})).not.toHaveProperty('details.partner');
    expect(await endpoints.detail({})).toHaveProperty('details.partner', { status: 'up' });
  });
});

describe('lifecycle', () => {
  it('phase: only goes forward', () => {
    const lifecycle = new Lifecycle();
    expect(lifecycle.phase).toBe('starting');
    lifecycle.started();
    expect(lifecycle.phase).toBe('serving');
    lifecycle.end();
    lifecycle.started(); // by a database that was found too late
    expect(lifecycle.phase).toBe('ending');
  });
});

class Part implements HealthReporter {
  report: HealthReport = { status: 'up' };

  constructor(readonly healthName: string) {}

  health(): HealthReport {
    return this.report;
  }
}

function setUp(checks: HealthCheckService, phase: 'starting' | 'serving' = 'starting') {
  const lifecycle = new Lifecycle();
  if (phase === 'serving') lifecycle.started();
  const [database, partner] = [new Part('database'), new Part('partner')];
  const redis = { problem: undefined, isAvailable: true };
  const redisHealth = new RedisHealth({ redis: {} } as AppConfig, redis as unknown as RedisClient);
  const near = [database, redisHealth];
  const endpoints = new HealthController(checks, new ServiceHealth(lifecycle), near, [partner]);
  return { endpoints, lifecycle, database, redis };
}
