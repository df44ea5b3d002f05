/**
 * @swc/jest, with a cache that all projects of a checkout share: the compiled text of a file depends on the options of the
 * compiler, which are part of its key, and not on the settings in which projects differ.
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
