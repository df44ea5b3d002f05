import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

export interface ApiDescription {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Groups of operations, in the order they are shown in. */
  readonly tags: Readonly<Record<string, string>>;
}

/** By an identifier, as of OpenAPI 3.1. */
const LICENSE = { name: 'All rights reserved', identifier: 'LicenseRef-FarmLokal' };

/** Serves Swagger UI at /docs and the OpenAPI 3.1 document at /openapi.json. */
export function serveApiDocs(app: NestFastifyApplication, about: ApiDescription): void {
  SwaggerModule.setup('docs', app, () => describeApi(app, about), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: about.title,
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      deepLinking: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
    },
  });
}

function describeApi(app: NestFastifyApplication, about: ApiDescription): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion(about.version)
    .addServer('/', 'This service')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'The token of the metrics, where one is configured',
    });
  for (const [name, description] of Object.entries(about.tags)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { operationIdFactory: toOperationId });
  return {
    ...document,
    info: { ...document.info, license: LICENSE },
    security: [],
  };
}

/** `ProductsController`, `list` → `productsList`, which is also the end of its deep link. */
function toOperationId(controller: string, method: string): string {
  const [first = '', ...name] = controller.replace(/Controller$/, '');
  return `${first.toLowerCase()}${name.join('')}${method[0]?.toUpperCase()}${method.slice(1)}`;
}
