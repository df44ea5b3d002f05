import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MetricsErrors } from './metrics.errors';

/** Lets in who brings the configured token (RFC 6750), or everybody where none is configured. */
@Injectable()
export class MetricsTokenGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { metricsToken } = this.config;
    if (metricsToken === undefined) return true;
    const http = context.switchToHttp();
    const { authorization = '' } = http.getRequest<FastifyRequest>().headers;
    const [, brought = ''] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    if (timingSafeEqual(digest(brought), digest(metricsToken))) return true;
    http.getResponse<FastifyReply>().header('www-authenticate', 'Bearer realm="metrics"');
    throw MetricsErrors.METRICS_TOKEN_REQUIRED.create();
  }
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
