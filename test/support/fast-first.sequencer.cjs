/** Runs the groups in the order in which jest.config.cjs lists them: what is fast and most telling comes first. */
const { default: Sequencer } = require('@jest/test-sequencer');

const GROUPS = ['unit', 'architecture', 'integration', 'e2e', 'smoke'];

module.exports = class FastFirstSequencer extends Sequencer {
  sort(tests) {
    const groupOf = (test) => GROUPS.indexOf(test.context.config.displayName.name);
    return [...tests].sort((a, b) => groupOf(a) - groupOf(b) || a.path.localeCompare(b.path));
  }
};
