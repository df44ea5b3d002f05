import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { ErrorCatalogue } from '@platform/errors';
import { HttpErrors } from './http.errors';
import { statusOf } from './problem';
import { Problems } from './problem.response';

export const ERROR_CATALOGUES = Symbol('every catalogue of errors in the application');

class ProblemExplanation {
  @ApiProperty({ example: 'invalid-parameters' }) readonly code!: string;
  @ApiProperty({ type: 'integer', example: 400 }) readonly status!: number;
  @ApiProperty({ example: 'Some parameters cannot be used' }) readonly title!: string;
  @ApiProperty({ example: 'Each entry of `errors` names a parameter and what is allowed.' }) readonly remedy!: string;
}

/** Where the `type` of every problem points. */
@ApiTags('Problems')
@Controller('problems')
export class ProblemsController {
  constructor(@Inject(ERROR_CATALOGUES) private readonly catalogues: readonly ErrorCatalogue[]) {}

  @Get(':code')
  @ApiOperation({ summary: 'What a problem means and what to do about it' })
  @ApiParam({ name: 'code', example: 'invalid-parameters' })
  @ApiOkResponse({ description: 'What it means', type: ProblemExplanation })
  @Problems(HttpErrors.ROUTE_NOT_FOUND)
  explain(@Param('code') wanted: string): ProblemExplanation {
    const definition = this.catalogues
      .flatMap((catalogue) => Object.values(catalogue))
      .find(({ code }) => code === wanted);
    if (definition === undefined) throw HttpErrors.ROUTE_NOT_FOUND.create();
    const { code, kind, title, remedy } = definition;
    return { code, status: statusOf[kind], title, remedy };
  }
}
