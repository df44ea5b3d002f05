import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { HttpErrors } from './problems/http.errors';

export interface OpenApiInfo {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Groups of operations with their descriptions, in display order. */
  readonly tags: Readonly<Record<string, string>>;
}

/** OpenAPI 3.1 allows an `identifier` instead of a URL. */
const LICENSE = { name: 'MIT', identifier: 'MIT' };

/** Files that the page loads; the package also contains source maps, a manifest and other builds. */
const PAGE_FILES = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
]);

/** Returns whether a route pattern belongs to the API docs, which are Fastify routes without the guards of Nest. */
export function isApiDocsRoute(route: string | undefined): boolean {
  return route === '/openapi.json' || route === '/docs' || route?.startsWith('/docs/') === true;
}

/** Serves Swagger UI at /docs and the OpenAPI 3.1 document at /openapi.json, with the public URL as its server. */
export function serveApiDocs(app: NestFastifyApplication, apiInfo: OpenApiInfo, publicUrl: string | undefined): void {
  hideOtherFiles(app);
  SwaggerModule.setup('docs', app, () => describeApi(app, apiInfo), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: apiInfo.title,
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

/** Sends 404 for other files: @fastify/static serves all files of the package on one route. */
function hideOtherFiles(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      const isHidden =
        request.routeOptions.url === '/docs/*' && !PAGE_FILES.has((request.params as { '*': string })['*']);
      done(isHidden ? HttpErrors.ROUTE_NOT_FOUND.create() : undefined);
    });
}

function describeApi(app: NestFastifyApplication, apiInfo: OpenApiInfo): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(apiInfo.title)
    .setDescription(apiInfo.description)
    .setVersion(apiInfo.version)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'The metrics token, if one is configured',
    });
  for (const [name, description] of Object.entries(apiInfo.tags)) builder.addTag(name, description);
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
