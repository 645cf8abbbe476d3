import fs from 'node:fs';
export const ran = (name) => process.env.RAN && fs.appendFileSync(process.env.RAN, `${name}\n`);
