import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpErrors } from '../problems/http.errors';
import { acceptsAny, acceptsJson } from './accepted-types';

const PRODUCES = Symbol('media types that a route can produce');

/** Declares the media types of a route if it has others than JSON. An empty list disables the check. */
export const Produces = (...types: string[]) => SetMetadata(PRODUCES, types);

/** Throws NOT_ACCEPTABLE if `Accept` excludes all media types of the route (RFC 9110 §15.5.7). Problems ignore it. */
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
