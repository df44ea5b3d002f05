import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { ErrorCatalogue } from '@platform/errors';
import { NotFoundController } from './not-found.controller';
import { AccessLog } from './observation/access-log.service';
import { ParametersPipe } from './parameters/parameters.pipe';
import { HttpErrors } from './problems/http.errors';
import { ProblemFilter } from './problems/problem.filter';
import { ERROR_CATALOGUES, ProblemsController } from './problems/problems.controller';
import { AcceptableGuard } from './request/acceptable.guard';
import { ReadableUrlGuard } from './request/readable-url.guard';

/** Global guards, pipe and filter, in this order: URL and `Accept` checks, parameters, errors to problems. */
@Module({})
export class HttpModule {
  static explaining(...catalogues: ErrorCatalogue[]): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      controllers: [ProblemsController, NotFoundController],
      providers: [
        AccessLog,
        { provide: ERROR_CATALOGUES, useValue: [HttpErrors, ...catalogues] },
        { provide: APP_GUARD, useClass: ReadableUrlGuard },
        { provide: APP_GUARD, useClass: AcceptableGuard },
        { provide: APP_PIPE, useClass: ParametersPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [AccessLog],
    };
  }
}
