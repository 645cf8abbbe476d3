const ran = require('../ran.cjs');
describe('c', () => {
  test('adds', () => { ran('src/c.test.js adds'); expect(1 + 1).toBe(2); });
  test('multiplies', () => { ran('src/c.test.js multiplies'); expect(2 * 3).toBe(6); });
});
