// A reporter of Jest that says that the run came to its end and, where it is asked for, writes a JUnit report.
// alibi_node_preload.cjs puts it behind the user's reporters.
'use strict';

const fs = require('fs');
const path = require('path');
const { Report } = require(path.join(__dirname, 'alibi_junit.cjs'));

class AlibiJestReporter {
  constructor(_global_config, options) {
    this.options = options;
    this.report = new Report(process.cwd());
  }

  onTestResult(_test, result) {
    if (!this.options.junit) return;
    try {
      this.add(result);
    } catch (error) {
      process.stderr.write(`alibi: the JUnit report lacks ${result && result.testFilePath}: ${error.message}\n`);
    }
  }

  add(result) {
    const file = result.testFilePath;
    const { start, end } = result.perfStats || {};
    this.report.file_took(file, end > start ? (end - start) / 1000 : undefined);
    for (const test of result.testResults || []) {
      const skipped = ['pending', 'skipped', 'todo', 'disabled'].includes(test.status);
      const failure = test.status === 'failed' ? (test.failureMessages || []).join('\n') || 'failed' : undefined;
      this.report.add(file, {
        name: test.title, suite: (test.ancestorTitles || []).join(' '), seconds: (test.duration || 0) / 1000, failure, skipped,
      });
    }
    if (result.testExecError) {
      const error = result.failureMessage || result.testExecError.message || 'the file could not be run';
      this.report.add(file, { name: 'the file', error });
    }
  }

  onRunComplete() {
    try {
      fs.unlinkSync(this.options.mark);
    } catch {
      // then it was never there
    }
    if (!this.options.junit) return;
    try {
      this.report.write(this.options.junit, this.options.append);
    } catch (error) {
      process.stderr.write(`alibi: no JUnit report: ${error.message}\n`);
    }
  }
}

module.exports = AlibiJestReporter;
