/** Tests run in processes of their own, because the embedded store is a native library and one a process; few at once, as it is large. */

import { defineConfig } from 'vitest/config'

const config = defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/engines/say-engines.ts'],
    pool: 'forks',
    maxWorkers: 2,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**'],
    // They end what hangs, and nothing that is only slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default config
