import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // "#platform" of package.json, from the sources.
    alias: { "#platform": fileURLToPath(new URL("src/backend/node-platform.ts", import.meta.url)) },
  },
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
  },
});
