/** Ends the run with `N passed, N failed`; a test file that could not run at all counts as one failure. */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const counts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) counts.push(`${skipped} skipped`);
    // At the exit, because Jest prints more after its reporters have run.
    process.once("exit", () => process.stdout.write(`${counts.join(", ")}\n`));
  }
}
