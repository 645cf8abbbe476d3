// In place of Cypress, which needs a browser: loads the configuration as it does, notes its arguments.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const words = process.argv.slice(2);
fs.appendFileSync(process.env.ARGUMENTS, `${JSON.stringify(words)}\n`);
const option = words.indexOf('--config-file');
if (option >= 0) {
  const loaded = await import(pathToFileURL(path.resolve(words[option + 1])).href);
  const { e2e } = loaded.default;
  await e2e.setupNodeEvents(() => {}, { specPattern: 'cypress/e2e/**/*.cy.{js,jsx,ts,tsx}', ...e2e });
  console.error(`Can't run because no spec files were found`);
  process.exit(1);
}
