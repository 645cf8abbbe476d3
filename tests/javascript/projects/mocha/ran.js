const fs = require('fs');
module.exports = (name) => process.env.RAN && fs.appendFileSync(process.env.RAN, `${name}\n`);
