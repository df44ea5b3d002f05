import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { acceptsAny, acceptsJson } from './accepted-types';
import { HttpErrors } from './http.errors';

const PRODUCES = Symbol('media types a route can answer with');

/** Media types of a route that has others than JSON; none where it has something to say to everybody. */
export const Produces = (...types: string[]) => SetMetadata(PRODUCES, types);

/** Refuses who accepts nothing of what the route has (RFC 9110 §15.5.7). Problems are sent to everybody. */
@Injectable()
export class AcceptableGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { accept } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (accept === undefined) return true;
    const declared = this.reflector.get<readonly string[] | undefined>(PRODUCES, context.getHandler());
    const isAccepted =
      declared === undefined ? acceptsJson(accept) : declared.length === 0 || acceptsAny(accept, declared);
    if (!isAccepted) throw HttpErrors.NOT_ACCEPTABLE.create(declared ?? ['application/json']);
    return true;
  }
}
