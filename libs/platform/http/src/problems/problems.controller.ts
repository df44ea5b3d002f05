import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { ErrorCatalogue } from '@platform/errors';
import { HttpErrors } from './http.errors';
import { statusOf } from './problem';
import { Problems } from './problem.response';

export const ERROR_CATALOGUES = Symbol('error catalogues of the application');

class ProblemExplanation {
  @ApiProperty({ example: 'invalid-parameters', description: 'Code of the problem' }) readonly code!: string;
  @ApiProperty({ type: 'integer', example: 400, description: 'HTTP status code of the problem' })
  readonly status!: number;
  @ApiProperty({ example: 'Some parameters are invalid', description: 'Summary of the problem' })
  readonly title!: string;
  @ApiProperty({
    example: 'Correct the parameters that `errors` lists; each entry states what is allowed.',
    description: 'Action that the client can take',
  })
  readonly remedy!: string;
}

/** Explains problems; the `type` of every problem is a URL of this route. */
@ApiTags('Problems')
@Controller('problems')
export class ProblemsController {
  constructor(@Inject(ERROR_CATALOGUES) private readonly catalogues: readonly ErrorCatalogue[]) {}

  @Get(':code')
  @ApiOperation({ summary: 'Explain a problem' })
  @ApiParam({ name: 'code', example: 'invalid-parameters' })
  @ApiOkResponse({ description: 'Meaning and remedy of the problem', type: ProblemExplanation })
  @Problems(HttpErrors.ROUTE_NOT_FOUND)
  explain(@Param('code') requestedCode: string): ProblemExplanation {
    const definition = this.catalogues
      .flatMap((catalogue) => Object.values(catalogue))
      .find(({ code }) => code === requestedCode);
    if (definition === undefined) throw HttpErrors.ROUTE_NOT_FOUND.create();
    const { code, kind, title, remedy } = definition;
    return { code, status: statusOf[kind], title, remedy };
  }
}
