/**
 * @swc/jest with one cache for all Jest projects of a checkout. Compiled code depends on the compiler options, which
 * are part of the cache key, and not on the settings in which the projects differ.
 */
const { createTransformer } = require('@swc/jest');

exports.createTransformer = (options) => {
  const compiler = createTransformer(options);
  return {
    ...compiler,
    getCacheKey: (text, file, settings) =>
      compiler.getCacheKey(text, file, { ...settings, configString: settings.config.rootDir }),
  };
};
