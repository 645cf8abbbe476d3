const ran = require('../ran.cjs');
describe('b', () => {
  test('adds', () => { ran('src/b.test.js adds'); expect(1 + 1).toBe(2); });
  test('multiplies', () => { ran('src/b.test.js multiplies'); expect(2 * 3).toBe(6); });
});
