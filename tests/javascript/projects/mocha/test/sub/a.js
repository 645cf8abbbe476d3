const assert = require('assert');
const ran = require('../../ran.js');
describe('sub/a.js', () => {
  it('sees the set-up file', () => { ran('sub/a.js set-up'); assert(global.first); });
  it('has the hooks', function () { ran('sub/a.js hooks'); assert(this.hooked); });
  it('is pending');
});
