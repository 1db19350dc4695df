#!/usr/bin/env node
/** The command `unrolled`; everything is in src/cli/. */
import { existsSync } from "node:fs";

const entry = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
} else {
  console.error("unrolled: not built yet: run npm run build");
  process.exitCode = 1;
}
