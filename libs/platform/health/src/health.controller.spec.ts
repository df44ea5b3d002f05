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

  it('live: returns ok in every phase, even if the database is down', () => {
    const { endpoints, lifecycle, database } = setUp(checks);
    database.report = { status: 'down' };
    expect(endpoints.live({})).toEqual({ status: 'ok' });
    lifecycle.beginShutdown();
    expect(endpoints.live({})).toEqual({ status: 'ok' });
  });

  it('startup: fails until the service has started, and never afterwards', async () => {
    const { endpoints, lifecycle, database } = setUp(checks);
    await expect(endpoints.startup({})).rejects.toMatchObject(NOT_READY);
    lifecycle.markStarted();
    database.report = { status: 'down' };
    expect(await endpoints.startup({})).toMatchObject({ status: 'ok' });
    lifecycle.beginShutdown();
    expect(await endpoints.startup({})).toMatchObject({ status: 'ok' });
  });

  it('ready: fails before the service has started and as soon as the shutdown begins', async () => {
    const { endpoints, lifecycle } = setUp(checks);
    await expect(endpoints.ready({})).rejects.toThrow('service: it is starting');
    lifecycle.markStarted();
    expect(await endpoints.ready({})).toMatchObject({ status: 'ok' });
    lifecycle.beginShutdown();
    await expect(endpoints.ready({})).rejects.toMatchObject(NOT_READY);
    await expect(endpoints.ready({})).rejects.toThrow('service: it is shutting down');
  });

  it('ready: fails while the database is down, with the reason', async () => {
    const { endpoints, database } = setUp(checks, 'serving');
    database.report = { status: 'down', reason: 'it does not respond' };
    await expect(endpoints.ready({})).rejects.toMatchObject({
      ...NOT_READY,
      message: 'database: it does not respond',
      extensions: { details: { service: { status: 'up' }, database: { status: 'down' } } },
    });
  });

  it('ready: a degraded component does not make the service unready', async () => {
    const { endpoints, database } = setUp(checks, 'serving');
    database.report = { status: 'degraded', reason: '1 of 2 replicas are excluded' };
    expect(await endpoints.ready({})).toMatchObject({ status: 'degraded', details: { database: database.report } });
  });

  it('ready: an unavailable Redis only degrades the service', async () => {
    const { endpoints, redis } = setUp(checks, 'serving');
    Object.assign(redis, { problem: 'it is unreachable', isAvailable: false });
    expect(await endpoints.ready({})).toMatchObject({ status: 'degraded', details: { redis: { status: 'degraded' } } });
  });

  it('detail: the report includes the components that readiness omits', async () => {
    const { endpoints } = setUp(checks, 'serving');
    expect(await endpoints.ready({})).not.toHaveProperty('details.partner');
    expect(await endpoints.detail({})).toHaveProperty('details.partner', { status: 'up' });
  });
});

describe('lifecycle', () => {
  it('phase: it never moves backwards', () => {
    const lifecycle = new Lifecycle();
    expect(lifecycle.phase).toBe('starting');
    lifecycle.markStarted();
    expect(lifecycle.phase).toBe('serving');
    lifecycle.beginShutdown();
    lifecycle.markStarted(); // the database was opened too late
    expect(lifecycle.phase).toBe('ending');
  });
});

class FakeReporter implements HealthReporter {
  report: HealthReport = { status: 'up' };

  constructor(readonly healthName: string) {}

  health(): HealthReport {
    return this.report;
  }
}

function setUp(checks: HealthCheckService, phase: 'starting' | 'serving' = 'starting') {
  const lifecycle = new Lifecycle();
  if (phase === 'serving') lifecycle.markStarted();
  const [database, partner] = [new FakeReporter('database'), new FakeReporter('partner')];
  const redis = { problem: undefined, isAvailable: true };
  const redisHealth = new RedisHealth({ redis: {} } as AppConfig, redis as unknown as RedisClient);
  const readiness = [database, redisHealth];
  const endpoints = new HealthController(checks, new ServiceHealth(lifecycle), readiness, [partner]);
  return { endpoints, lifecycle, database, redis };
}
