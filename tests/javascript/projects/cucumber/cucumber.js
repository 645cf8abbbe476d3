module.exports = { default: { paths: ['features/**/*.feature'], format: ['progress', 'json:report.json'] } };
