/** A signal that is aborted when the client goes away before it has its answer, so that nothing more is done for it. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

export const ClientSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const { raw } = context.switchToHttp().getResponse<FastifyReply>();
  const gone = new AbortController();
  if (raw.destroyed) gone.abort(new Error('the client went away'));
  raw.once('close', () => raw.writableFinished || gone.abort(new Error('the client went away')));
  return gone.signal;
});
