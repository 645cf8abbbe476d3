const assert = require('assert');
const ran = require('../ran.js');
describe('b.js', () => {
  it('sees the set-up file', () => { ran('b.js set-up'); assert(global.first); });
  it('has the hooks', function () { ran('b.js hooks'); assert(this.hooked); });
  it('is pending');
});
