/** Validates responses against the OpenAPI document: status, media type and body schema. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import * as formats from 'ajv-formats';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: { readonly example?: unknown };
}

interface Operation {
  readonly summary?: string;
  readonly operationId: string;
  readonly tags?: string[];
  readonly parameters: Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly examples: Record<string, { value: object }> }> };
  readonly responses: Record<string, { readonly content?: Record<string, unknown>; readonly headers?: object }>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly license: { readonly name: string; readonly identifier: string } };
  readonly paths: Record<string, Record<string, Operation>>;
}

export interface DescribedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

interface CheckedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawPayload: Buffer;
}

export class Contract {
  readonly operations: readonly DescribedOperation[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    formats.default(this.ajv);
    this.ajv.addSchema({ $id: 'openapi', ...withoutAdditionalProperties(document) });
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
  }

  /** Returns the deviations of a response from the document; empty if it conforms. */
  faultsOf({ path, method, operation }: DescribedOperation, response: CheckedResponse): string[] {
    const status = String(response.statusCode) in operation.responses ? String(response.statusCode) : 'default';
    const content = operation.responses[status]?.content ?? {};
    if (response.rawPayload.length === 0) return [];
    const type = String(response.headers['content-type']).split(';')[0] ?? '';
    if (!(type in content)) return [`${status} of ${method} ${path} is not described as ${type}`];
    if (!type.endsWith('json')) return [];
    const pointer = ['paths', path, method, 'responses', status, 'content', type, 'schema'].map(escaped).join('/');
    const validate = this.validatorAt(`openapi#/${pointer}`);
    if (validate(JSON.parse(textOf(response)))) return [];
    return (validate.errors ?? []).map(
      (error) => `${path} ${status} ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
    );
  }

  private validatorAt(reference: string): ValidateFunction {
    const cached = this.validators.get(reference);
    if (cached !== undefined) return cached;
    const compiled = this.ajv.compile({ $ref: reference });
    this.validators.set(reference, compiled);
    return compiled;
  }
}

/** Forbids undescribed members of objects unless the schema sets `additionalProperties`. */
function withoutAdditionalProperties<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(withoutAdditionalProperties) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => [name, withoutAdditionalProperties<unknown>(value)]);
  const inner = Object.fromEntries(entries) as Record<string, unknown>;
  const isOpen = !('properties' in inner) || inner['type'] !== 'object' || 'additionalProperties' in inner;
  return (isOpen ? inner : { ...inner, additionalProperties: false }) as T;
}

function textOf({ headers, rawPayload }: CheckedResponse): string {
  const decode = { br: brotliDecompressSync, gzip: gunzipSync }[String(headers['content-encoding'])];
  return (decode?.(rawPayload) ?? rawPayload).toString();
}

function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
