const assert = require('assert');
const ran = require('../ran.js');
describe('a.js', () => {
  it('sees the set-up file', () => { ran('a.js set-up'); assert(global.first); });
  it('has the hooks', function () { ran('a.js hooks'); assert(this.hooked); });
  it('is pending');
});
