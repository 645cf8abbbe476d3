const assert = require('assert');
const { execFileSync } = require('child_process');
const ran = require('../ran.js');
it('starts programs in an environment of nobody', () => {
  ran('children');
  const said = execFileSync(process.execPath, ['-p', "[process.env.ALIBI_NODE_REQUEST, process.env.NODE_OPTIONS].join()"]);
  assert.equal(said.toString().trim(), ',');
});
it('fails when told', () => { assert(!process.env.FAIL); });
