import { defineConfig } from 'vitest/config';

// The real client runs in processes of its own and shares the machine with our server: one file at a time, long limits.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
