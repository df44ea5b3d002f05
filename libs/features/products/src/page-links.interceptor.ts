import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { toPageLinks } from './page-links';
import type { ProductPageResponse } from './product.response';

/** Says in the `Link` header where the list begins and goes on. */
@Injectable()
export class PageLinksInterceptor implements NestInterceptor<ProductPageResponse> {
  intercept(context: ExecutionContext, next: CallHandler<ProductPageResponse>): Observable<ProductPageResponse> {
    const http = context.switchToHttp();
    const { url } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(tap(({ pagination }) => void reply.header('link', toPageLinks(url, pagination))));
  }
}
