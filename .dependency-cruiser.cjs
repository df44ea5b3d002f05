/** Dependency rules. test/architecture/boundaries checks each one with a planted violation. */
/** `apps/<app>`, `libs/<lib>` or `libs/<tier>/<lib>`, as group 1. */
const UNIT = '^(apps/[^/]+|libs/(?:catalogue|demo)|libs/(?:engine|features|integrations|platform)/[^/]+)/';

module.exports = {
  forbidden: [
    {
      name: 'engine-independent-of-everything',
      comment: 'The engine could be published: it needs neither a framework nor a database nor the product.',
      severity: 'error',
      from: { path: '^libs/engine/', pathNot: '(\\.spec|/testing)\\.ts$' },
      to: { pathNot: ['^libs/engine/', '^(node:)?crypto$'] },
    },
    {
      name: 'demo-independent-of-everything',
      comment: 'The demo generator is the only code that the service and the sandbox share.',
      severity: 'error',
      from: { path: '^libs/demo/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/demo/' },
    },
    {
      name: 'platform-independent-of-features',
      comment: 'The platform must not depend on the product, which uses it.',
      severity: 'error',
      from: { path: '^libs/platform/' },
      to: { path: '^(libs/(features|integrations|catalogue|engine|demo)|apps)/' },
    },
    {
      name: 'integrations-independent-of-features',
      comment: 'An integration connects one external system, and must not depend on its users.',
      severity: 'error',
      from: { path: '^libs/integrations/' },
      to: { path: '^(libs/(features|catalogue|engine|demo)|apps)/' },
    },
    {
      name: 'catalogue-independent-of-features',
      comment: 'Readers and writers share the catalogue, and it must not depend on them or on external systems.',
      severity: 'error',
      from: { path: '^libs/catalogue/' },
      to: { path: '^(libs/(features|integrations)|apps)/' },
    },
    {
      name: 'features-independent-of-apps',
      comment: 'Apps depend on features, and features must not depend on apps.',
      severity: 'error',
      from: { path: '^libs/features/' },
      to: { path: '^apps/' },
    },
    {
      name: 'features-independent-of-features',
      comment: 'Features must not depend on each other; apps connect them.',
      severity: 'error',
      from: { path: '^libs/features/([^/]+)/' },
      to: { path: '^libs/features/', pathNot: '^libs/features/$1/' },
    },
    {
      name: 'apps-independent-of-apps',
      comment: 'Apps share only libs, except the start of the sandbox in development.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: ['^apps/$1/', '^apps/sandbox/src/development-sandbox\\.ts$'] },
    },
    {
      name: 'sandbox-independent-of-the-service',
      comment: 'The sandbox simulates the partner. If it shared code with the service, both could have the same fault.',
      severity: 'error',
      from: { path: '^apps/sandbox/', pathNot: '/development-sandbox\\.ts$' },
      to: { path: '^libs/', pathNot: '^libs/demo/' },
    },
    {
      name: 'libs-have-one-door',
      comment: 'The entry point of a lib is src/index.ts; tests may also import src/testing.ts.',
      severity: 'error',
      from: { path: UNIT },
      to: { path: '^libs/', pathNot: ['^$1/', '/src/(index|testing)\\.ts$'] },
    },
    {
      name: 'a-plain-file-is-pure',
      comment: 'A file of a lib without a role in its name is pure: it has no I/O and no framework.',
      severity: 'error',
      from: { path: '^libs/.+/[^./]+\\.ts$', pathNot: '/(index|testing)\\.ts$' },
      to: {
        path: [
          '(^|/)node_modules/(@nestjs|typeorm|fastify|mysql2|ioredis|libsql|pino|nestjs-pino|rxjs|undici)/',
          '^(node:)?(fs|net|http|https|child_process|cluster|worker_threads)(/|$)',
          '\\.(controller|service|repository|module|guard|filter|interceptor|provider|client|pipe|reader|writer)\\.ts$',
        ],
        pathNot: '/filters/[^/]+\\.filter\\.ts$', // a condition on products, not an exception filter of Nest
      },
    },
    {
      name: 'no-cycles',
      comment: 'Circular dependencies have no order in which to read them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'Test support of a lib must not be part of the service.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.(spec|fake)|/testing)\\.ts$' },
      to: { path: '(\\.fake|/src/testing)\\.ts$' },
    },
    {
      name: 'production-needs-no-development-packages',
      comment: 'The container image does not include them.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.(spec|fake)|/testing)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
