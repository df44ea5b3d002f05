/** Describes a response header for the OpenAPI document. */
export function describeHeader(description: string, example: string) {
  return { description, schema: { type: 'string', example } } as const;
}
