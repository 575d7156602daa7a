#!/usr/bin/env node
// Starts the command line; everything it does is in src/ui/main.ts.
import { fileURLToPath } from 'node:url';
import { main } from '../dist/main.js';

await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)));
