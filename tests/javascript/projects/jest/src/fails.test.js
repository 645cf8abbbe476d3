const ran = require('../ran.cjs');
test('fails when told', () => { ran('fails'); expect(process.env.FAIL).toBeUndefined(); });
