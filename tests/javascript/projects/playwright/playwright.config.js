const { defineConfig } = require('@playwright/test');
module.exports = defineConfig({
  testDir: 'tests',
  projects: [
    { name: 'prepare', testMatch: /prepare\.setup\.js/ },
    { name: 'main', dependencies: ['prepare'] },
  ],
});
