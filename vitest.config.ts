import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // "#platform" of package.json, from the sources.
    alias: [
      { find: "#platform", replacement: fileURLToPath(new URL("src/backend/node-platform.ts", import.meta.url)) },
      // The library as the Lab takes it, from the sources too.
      { find: /^unrolled$/, replacement: fileURLToPath(new URL("src/index.ts", import.meta.url)) },
      { find: /^unrolled\/(.+)$/, replacement: `${fileURLToPath(new URL("src", import.meta.url))}/$1/index.ts` },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "lab/**/*.test.ts", "scripts/**/*.test.mjs", "bench/*.test.mjs", "docs/*.test.mjs"],
    // Generous: a machine may be busy, and no test asserts its speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
