// Adds up the results that vitest has written as JSON and prints `N passed, N failed`, alone on the last line.
// Usage: node scripts/vitest-count.mjs REPORT.json...; exit code 1 when a test or a file has failed.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  // A file that cannot be loaded fails without a test of its own.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const skipped = report.numPendingTests === 0 ? '' : `, ${report.numPendingTests} skipped`;
  console.log(
    `${basename(path, '.json')}: ${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed${skipped}`,
  );
  passed += report.numPassedTests;
  failed += report.numFailedTests + brokenFiles;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
