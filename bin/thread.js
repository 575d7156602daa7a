// Starts a worker thread; what it does is in src/workers/worker.ts.
require('./load.js');

module.exports = require('../dist/workers/worker.cjs');
