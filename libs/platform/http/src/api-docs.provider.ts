import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { HttpErrors } from './http.errors';

export interface OpenApiInfo {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Groups of operations, in the order they are shown in. */
  readonly tags: Readonly<Record<string, string>>;
}

/** By an identifier, as of OpenAPI 3.1. */
const LICENSE = { name: 'All rights reserved', identifier: 'LicenseRef-FarmLokal' };

/** What the page loads; the package has source maps, its manifest and other builds besides. */
const FILES = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
]);

/** By the pattern of a route: these are Fastify's own and pass no guard of Nest. */
export function isApiDocsRoute(route: string | undefined): boolean {
  return route === '/openapi.json' || route === '/docs' || route?.startsWith('/docs/') === true;
}

/** Serves Swagger UI at /docs and the OpenAPI 3.1 document at /openapi.json, for the address that clients use. */
export function serveApiDocs(app: NestFastifyApplication, about: OpenApiInfo, publicUrl: string | undefined): void {
  hideOtherFiles(app);
  SwaggerModule.setup('docs', app, () => describeApi(app, about), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: about.title,
    patchDocumentOnRequest: (request, _response, document) => {
      const { raw, server } = request as FastifyRequest;
      const url = publicUrl ?? (server.pathPrefix.of(raw) || '/');
      return { ...document, servers: [{ url, description: 'This service' }] };
    },
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      deepLinking: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
    },
  });
}

/** @fastify/static has all files of the package at one route. */
function hideOtherFiles(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      const isHidden = request.routeOptions.url === '/docs/*' && !FILES.has((request.params as { '*': string })['*']);
      done(isHidden ? HttpErrors.ROUTE_NOT_FOUND.create() : undefined);
    });
}

function describeApi(app: NestFastifyApplication, about: OpenApiInfo): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion(about.version)
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
