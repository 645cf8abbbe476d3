const assert = require('assert');
const ran = require('../ran.js');
describe('c.js', () => {
  it('sees the set-up file', () => { ran('c.js set-up'); assert(global.first); });
  it('has the hooks', function () { ran('c.js hooks'); assert(this.hooked); });
  it('is pending');
});
