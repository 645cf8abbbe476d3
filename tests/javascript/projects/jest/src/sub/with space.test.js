/* @datadog {"unskippable": true} */
const ran = require('../../ran.cjs');
test('spaced', () => { ran('with space'); });
