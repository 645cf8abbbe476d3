import { expect, test } from 'vitest';
import { ran } from '../ran.js';
test('fails when told', () => { ran('fails'); expect(process.env.FAIL).toBeUndefined(); });
