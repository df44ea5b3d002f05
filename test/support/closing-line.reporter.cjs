/**
 * Ends a run with one plain line, for scripts and people who read only the last one. Appends its numbers to the file
 * that FARMLOKAL_TEST_TOTALS names, so that several runs can be added up.
 */
const { appendFileSync } = require('node:fs');

module.exports = class ClosingLineReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests },
  ) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    const totals = process.env.FARMLOKAL_TEST_TOTALS;
    if (totals) appendFileSync(totals, `${numPassedTests} ${failed} ${skipped}\n`);
    process.stderr.write(`\n${numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }
};
