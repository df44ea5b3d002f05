import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { assertReadableAddress } from './request-address';

/** Refuses an address that is too long or not percent-encoded as it should be. */
@Injectable()
export class ReadableAddressGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    assertReadableAddress(context.switchToHttp().getRequest<FastifyRequest>().url);
    return true;
  }
}
