const ran = require('../../ran.cjs');
test('inner', () => { ran('src/__tests__/inner.js inner'); });
test.skip('never <&> "quoted"', () => { ran('never'); });
