import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // "#platform" of package.json, from the sources.
    alias: { "#platform": fileURLToPath(new URL("src/backend/node-platform.ts", import.meta.url)) },
  },
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.mjs", "bench/*.test.mjs", "docs/*.test.mjs"],
    // Generous: a machine may be busy, and no test asserts its speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
