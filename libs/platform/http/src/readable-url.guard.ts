import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { assertReadableUrl } from './request-url';

/** Refuses an address that is too long or not percent-encoded as it should be. */
@Injectable()
export class ReadableUrlGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    assertReadableUrl(context.switchToHttp().getRequest<FastifyRequest>().url);
    return true;
  }
}
