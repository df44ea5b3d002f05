/** Dependency rules. test/architecture/boundaries plants a violation of each. */
const outsideOf = (tier) => `^libs/${tier}/([^/]+)/`;

module.exports = {
  forbidden: [
    {
      name: 'platform-knows-no-business',
      comment: 'The platform serves features and integrations and knows neither.',
      severity: 'error',
      from: { path: '^libs/platform/' },
      to: { path: '^(libs/(features|integrations)|apps)/' },
    },
    {
      name: 'integrations-know-no-features',
      comment: 'An integration knows one outside party, not what it is used for.',
      severity: 'error',
      from: { path: '^libs/integrations/' },
      to: { path: '^(libs/features|apps)/' },
    },
    {
      name: 'features-know-no-apps',
      comment: 'Apps put features together, never the other way round.',
      severity: 'error',
      from: { path: '^libs/features/' },
      to: { path: '^apps/' },
    },
    {
      name: 'features-stand-alone',
      comment: 'What joins two features is wired in an app.',
      severity: 'error',
      from: { path: outsideOf('features') },
      to: { path: '^libs/features/', pathNot: '^libs/features/$1/' },
    },
    {
      name: 'apps-stand-alone',
      comment:
        'Apps share libs, not each other; but for what events do, which the worker of the CLI does too, and for starting the sandbox.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: {
        path: '^apps/',
        pathNot: ['^apps/$1/', '^apps/api/src/event-effects\\.module\\.ts$', '^apps/sandbox/src/beside\\.ts$'],
      },
    },
    {
      name: 'libs-have-one-door',
      comment: 'A lib is entered through its src/index.ts, by tests also through its src/testing.ts.',
      severity: 'error',
      from: { path: '^(?:apps|libs/[^/]+)/([^/]+)/' },
      to: { path: '^libs/[^/]+/([^/]+)/src/', pathNot: ['^libs/[^/]+/$1/', '/src/(index|testing)\\.ts$'] },
    },
    {
      name: 'a-plain-file-is-pure',
      comment: 'A file of a lib without a role in its name does no I/O and knows no framework.',
      severity: 'error',
      from: { path: '^libs/.+/[^./]+\\.ts$', pathNot: '/(index|testing)\\.ts$' },
      to: {
        path: [
          '(^|/)node_modules/(@nestjs|typeorm|fastify|mysql2|ioredis|libsql|pino|nestjs-pino|rxjs|undici)/',
          '^(node:)?(fs|net|http|https|child_process|cluster|worker_threads)(/|$)',
          '\\.(controller|service|repository|module|guard|filter|interceptor|provider|client|pipe|reader|writer)\\.ts$',
        ],
      },
    },
    {
      name: 'no-circles',
      comment: 'A circle has no first page to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'What a lib offers to tests is not part of the service.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.(spec|fake)|/testing)\\.ts$' },
      to: { path: '(\\.fake|/src/testing)\\.ts$' },
    },
    {
      name: 'production-needs-no-development-packages',
      comment: 'The image is built without them.',
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
