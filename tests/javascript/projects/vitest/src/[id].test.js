import { expect, test } from 'vitest';
import { ran } from '../ran.js';
test('one', () => { ran('src/[id].test.js one'); expect(1 + 1).toBe(2); });
test('two', () => { ran('src/[id].test.js two'); });
