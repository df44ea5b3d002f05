import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorDefinition } from '@platform/errors';
import { httpPolicy } from '../http.policy';
import { HttpErrors } from './http.errors';
import { PROBLEM_MEDIA_TYPE, statusOf } from './problem';

const FAULTS_LISTED = `One entry per input fault, at most ${httpPolicy.maxFaultsListed}; \`detail\` counts the others`;

const EXAMPLE_REQUEST_ID = '7f9c2ba4-3c1f-4a8e-9d35-0a4b5c6d7e8f';

class FaultResponse {
  @ApiProperty({ required: false, description: 'Name of the parameter or header', example: 'limit' })
  readonly parameter?: string;
  @ApiProperty({
    required: false,
    description: 'JSON pointer into the body (RFC 6901), instead of `parameter`',
    example: '/event',
  })
  readonly pointer?: string;
  @ApiProperty({ example: 'out-of-range', description: 'Stable code of the fault' }) readonly code!: string;
  @ApiProperty({
    example: 'limit must be from 1 to 100, not "500"',
    description: 'The fault, and the values that are allowed',
  })
  readonly detail!: string;
}

/** Schema of every error (RFC 9457). */
class ProblemResponse {
  @ApiProperty({
    description: 'URL of this service that explains the problem',
    example: '/problems/invalid-parameters',
  })
  readonly type!: string;
  @ApiProperty({
    example: 'Some parameters are invalid',
    description: 'Summary of the problem, the same for every occurrence of `code`',
  })
  readonly title!: string;
  @ApiProperty({ type: 'integer', example: 400, description: 'HTTP status code of the response' })
  readonly status!: number;
  @ApiProperty({ example: 'limit must be from 1 to 100, not "500"', description: 'Description of this occurrence' })
  readonly detail!: string;
  @ApiProperty({ description: 'Request id, as in `X-Request-Id` and the log', example: EXAMPLE_REQUEST_ID })
  readonly instance!: string;
  @ApiProperty({ description: 'Stable error code for use in programs', example: 'invalid-parameters' })
  readonly code!: string;
  @ApiProperty({
    type: [FaultResponse],
    required: false,
    maxItems: httpPolicy.maxFaultsListed,
    description: FAULTS_LISTED,
  })
  readonly errors?: FaultResponse[];
}

/** Errors of every route that clients can handle. */
const COMMON: readonly ErrorDefinition[] = [HttpErrors.NOT_ACCEPTABLE, HttpErrors.OVERLOADED];

/** Documents the errors of a route; errors with the same status share one entry of the OpenAPI document. */
export function Problems(...definitions: ErrorDefinition[]) {
  const all = [...new Set([...definitions, ...COMMON])];
  return applyDecorators(
    ApiExtraModels(ProblemResponse),
    ApiResponse({
      status: 'default',
      description: 'Any other problem; see `/problems/{code}`',
      content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: getSchemaPath(ProblemResponse) } } },
    }),
    ...[...groupByStatus(all)].map(([status, group]) =>
      ApiResponse({
        status,
        description: group.map(({ code, title }) => `\`${code}\`: ${title}`).join('. '),
        content: {
          [PROBLEM_MEDIA_TYPE]: {
            schema: { $ref: getSchemaPath(ProblemResponse) },
            examples: Object.fromEntries(
              group.map((definition) => [definition.code, { value: exampleOf(definition) }]),
            ),
          },
        },
      }),
    ),
  );
}

function exampleOf({ code, title, kind }: ErrorDefinition): ProblemResponse {
  return {
    type: `/problems/${code}`,
    title,
    status: statusOf[kind],
    detail: title,
    instance: EXAMPLE_REQUEST_ID,
    code,
  };
}

function groupByStatus(definitions: ErrorDefinition[]): Map<number, ErrorDefinition[]> {
  const groups = new Map<number, ErrorDefinition[]>();
  for (const definition of definitions) {
    const status = statusOf[definition.kind];
    groups.set(status, [...(groups.get(status) ?? []), definition]);
  }
  return groups;
}
