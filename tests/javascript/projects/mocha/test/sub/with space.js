const assert = require('assert');
const ran = require('../../ran.js');
describe('sub/with space.js', () => {
  it('sees the set-up file', () => { ran('sub/with space.js set-up'); assert(global.first); });
  it('has the hooks', function () { ran('sub/with space.js hooks'); assert(this.hooked); });
  it('is pending');
});
