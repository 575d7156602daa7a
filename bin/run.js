#!/usr/bin/env node
// Starts the command line; what it does is in src/ui/main.ts.
require('./load.js');
const { join } = require('node:path');

require('../dist/main.cjs').main(process.argv.slice(2), join(__dirname, '..'), require);
