module.exports = {
  e2e: {
    setupNodeEvents(on, config) {
      config.excludeSpecPattern = '**/*.draft.cy.js';
      return config;
    },
  },
};
