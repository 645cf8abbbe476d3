// A reporter of Playwright (`test --list --reporter=THIS`) that writes the files of tests to the file named by
// ALIBI_PLAYWRIGHT_FILES. Projects that set up or tear down for others are left out: they run with those.
'use strict';

const fs = require('fs');

class AlibiPlaywrightList {
  onBegin(first, second) {
    // Before version 1.17 the configuration is not always the first one.
    const [config, suite] = second && second.allTests ? [first, second] : [second, first];
    const helpers = new Set();
    for (const project of config.projects || []) {
      for (const name of project.dependencies || []) helpers.add(name);
      if (project.teardown) helpers.add(project.teardown);
    }
    const files = new Set();
    for (const test of suite.allTests()) {
      const project = test.parent && test.parent.project && test.parent.project();
      if (!project || !helpers.has(project.name)) files.add(this.file_of(test));
    }
    fs.writeFileSync(process.env.ALIBI_PLAYWRIGHT_FILES, JSON.stringify({ files: [...files] }));
  }

  // A test may be declared in a helper: the file is that of the suite right below the project.
  file_of(test) {
    let file = test.location.file;
    for (let suite = test.parent; suite; suite = suite.parent) {
      if (suite.type === 'file' && suite.location) file = suite.location.file;
    }
    return file;
  }

  printsToStdio() {
    return false;
  }

  onError(error) {
    process.stderr.write(`${(error && (error.stack || error.message)) || error}\n`);
  }
}

module.exports = AlibiPlaywrightList;
