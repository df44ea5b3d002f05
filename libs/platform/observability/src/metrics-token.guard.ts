import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MetricsErrors } from './metrics.errors';

/** Requires the configured bearer token (RFC 6750); allows every request if none is configured. */
@Injectable()
export class MetricsTokenGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { metricsToken } = this.config;
    if (metricsToken === undefined) return true;
    const http = context.switchToHttp();
    const { authorization = '' } = http.getRequest<FastifyRequest>().headers;
    const [, token = ''] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    if (timingSafeEqual(digest(token), digest(metricsToken))) return true;
    http.getResponse<FastifyReply>().header('www-authenticate', 'Bearer realm="metrics"');
    throw MetricsErrors.METRICS_TOKEN_REQUIRED.create();
  }
}

/** Hashes to a fixed length, which `timingSafeEqual` requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
