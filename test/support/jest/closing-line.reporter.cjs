/**
 * Ends the output of a run with one summary line. Appends its numbers to the file named by FARMLOKAL_TEST_TOTALS, so
 * that scripts can sum up several runs.
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
