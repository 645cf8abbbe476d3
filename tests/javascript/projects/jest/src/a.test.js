const ran = require('../ran.cjs');
describe('a', () => {
  test('adds', () => { ran('src/a.test.js adds'); expect(1 + 1).toBe(2); });
  test('multiplies', () => { ran('src/a.test.js multiplies'); expect(2 * 3).toBe(6); });
});
