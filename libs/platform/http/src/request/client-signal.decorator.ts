/** Injects a signal that aborts if the client disconnects before the response is sent, to cancel its work. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

export const ClientSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const { raw } = context.switchToHttp().getResponse<FastifyReply>();
  const disconnected = new AbortController();
  if (raw.destroyed) disconnected.abort(new Error('the client disconnected'));
  raw.once('close', () => raw.writableFinished || disconnected.abort(new Error('the client disconnected')));
  return disconnected.signal;
});
