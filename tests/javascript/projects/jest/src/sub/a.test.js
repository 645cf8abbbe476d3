const ran = require('../../ran.cjs');
test('same base name', () => { ran('sub/a'); });
