import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import type { ErrorCatalogue } from '@platform/errors';
import { HttpErrors } from './http.errors';
import { ParametersPipe } from './parameters.pipe';
import { ProblemFilter } from './problem.filter';
import { ERROR_CATALOGUES, ProblemsController } from './problems.controller';

/** What every route passes through, in this order: parameters are read, errors become problems. */
@Module({})
export class HttpModule {
  static explaining(...catalogues: ErrorCatalogue[]): DynamicModule {
    return {
      module: HttpModule,
      controllers: [ProblemsController],
      providers: [
        { provide: ERROR_CATALOGUES, useValue: [HttpErrors, ...catalogues] },
        { provide: APP_PIPE, useClass: ParametersPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
