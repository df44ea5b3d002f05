/**
 * `npm test` runs unit, architecture, integration (the database suite), e2e (the HTTP contract) and smoke (one test per
 * scenario with real processes). The other projects take longer and have separate scripts; `.ci/run` also runs
 * architecture-long, integration-long, faults and browser.
 * Nest 12 is published as ES modules, which jest's require cannot load before Node 24.9. So installed packages with
 * "type": "module" are compiled when they are loaded.
 */
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const installed = JSON.parse(readFileSync(join(__dirname, 'node_modules/.package-lock.json'), 'utf8'));
const esModules = Object.keys(installed.packages).filter((path) => {
  const manifest = join(__dirname, path, 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
});

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2023',
    keepClassNames: true,
  },
  sourceMaps: true, // in separate files; inline source maps would be compiled with the code
  module: { type: 'commonjs', lazy: true }, // loads a package at its first use, and not in every suite
};

const shared = {
  id: 'farmlokal', // shared by all projects, so that a file is compiled only once
  rootDir: __dirname,
  testEnvironment: 'node',
  setupFiles: ['reflect-metadata'],
  transform: { '^.+\\.(ts|js|mjs)$': ['<rootDir>/test/support/jest/compile-once.transformer.cjs', swc] },
  transformIgnorePatterns: [
    `/node_modules/(?!(${esModules.map((path) => path.slice('node_modules/'.length)).join('|')})/)`,
  ],
  moduleNameMapper: {
    '^@testing/([^/]+)$': ['features/', 'integrations/', 'platform/', 'engine/', ''].map(
      (tier) => `<rootDir>/libs/${tier}$1/src/testing.ts`,
    ),
    '^@(catalogue|demo)$': '<rootDir>/libs/$1/src/index.ts',
    '^@(engine|features|integrations|platform)/([^/]+)$': '<rootDir>/libs/$1/$2/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

const withServers = {
  globalSetup: '<rootDir>/test/support/servers/start-servers.ts',
  globalTeardown: '<rootDir>/test/support/servers/stop-servers.ts',
};

module.exports = {
  workerIdleMemoryLimit: '500MB', // above it, garbage collection takes longer than starting another worker
  workerGracefulExitTimeout: 10_000, // the default of 500 ms is too short to free a heap; a worker that leaks handles never exits
  testTimeout: 240_000, // ends tests that hang, and suffices on a busy machine
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps,test/bench,test/faults}/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'architecture',
      testMatch: ['<rootDir>/test/architecture/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'architecture-long',
      testMatch: ['<rootDir>/test/architecture/*.long-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.int-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'integration-long',
      testMatch: ['<rootDir>/test/integration/**/*.long-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/*.e2e-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'smoke',
      testMatch: ['<rootDir>/test/smoke/*.smoke-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'faults',
      testMatch: ['<rootDir>/test/faults/**/*.fault-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/browser/*.browser-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'soak',
      testMatch: ['<rootDir>/test/soak/*.soak-spec.ts'],
    },
    {
      ...shared,
      ...withServers,
      displayName: 'scale',
      testMatch: ['<rootDir>/test/scale/*.scale-spec.ts'],
    },
  ],
  testSequencer: '<rootDir>/test/support/jest/fast-first.sequencer.cjs',
  reporters: ['default', '<rootDir>/test/support/jest/closing-line.reporter.cjs'],
};
