const fs = require('fs');
const { test } = require('@playwright/test');
test('one', () => { if (process.env.RAN) fs.appendFileSync(process.env.RAN, 'c+d (x).spec.js\n'); });
