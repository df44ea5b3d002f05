import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { assertReadableUrl } from './request-url';

/** Refuses a URL that is too long or has malformed percent-encoding. */
@Injectable()
export class ReadableUrlGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    assertReadableUrl(context.switchToHttp().getRequest<FastifyRequest>().url);
    return true;
  }
}
