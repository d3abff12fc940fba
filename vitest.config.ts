import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{spec,oracle,impl,conformance}/**/*.test.ts'],
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['{spec,oracle,impl,conformance}/**/*.ts'],
      reporter: ['text-summary'],
    },
  },
})
