/** Runs the groups in a fixed order: fast tests first, and tests that mostly wait not last. */
const { default: Sequencer } = require('@jest/test-sequencer');

const GROUPS = ['unit', 'architecture', 'smoke', 'integration', 'e2e'];

module.exports = class FastFirstSequencer extends Sequencer {
  sort(tests) {
    const groupOf = (test) => GROUPS.indexOf(test.context.config.displayName.name);
    return [...tests].sort((a, b) => groupOf(a) - groupOf(b) || a.path.localeCompare(b.path));
  }
};
