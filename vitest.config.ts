import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{spec,oracle,impl,conformance}/**/*.test.ts'],
    // A test that hangs fails by these. They are long: a machine that is slow today must not fail one that does not.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    coverage: {
      provider: 'v8',
      include: ['{spec,oracle,impl,conformance}/**/*.ts'],
      reporter: ['text-summary'],
    },
  },
})
