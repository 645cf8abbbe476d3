const fs = require('fs');
const { reporters } = require('mocha');
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.on('pass', (test) => process.env.OWN_REPORT && fs.appendFileSync(process.env.OWN_REPORT, `${test.fullTitle()}\n`));
  }
};
