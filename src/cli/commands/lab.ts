import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mobyDickJson } from "../../data/node-moby-dick.js";
import { defineCommand, flag, integer, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { runsBelow, serveLab, type LabServer, type LabServerOptions } from "../lab-server.js";
import { openBrowser } from "../open-browser.js";

/** Made by `npm run lab:build`; the same folder seen from src/cli/commands and from dist/cli/commands. */
const BUILT = fileURLToPath(new URL("../../../dist/lab", import.meta.url));
const PORT = 4646;
/** What the package leaves out of the Lab: the text of Train here, and the modules of WebAssembly, which it has already. */
const MOBY_DICK = /^assets\/moby-dick-[\w-]+\.json$/;
const MODULE = /^assets\/(unrolled(?:-relaxed)?(?:-threads)?)-[\w-]{8}\.wasm$/;
const MODULES = fileURLToPath(new URL("../../../dist/backend/wasm", import.meta.url));

export const lab = defineCommand({
  name: "lab",
  summary: "Opens the Lab: pages in the browser on which recurrent networks can be seen at work.",
  positionals: { usage: "[RUNS]", min: 0, max: 1, help: "a folder of runs to look at, or one run; they can only be read" },
  options: {
    port: integer({ min: 0, max: 65535, defaultText: `${PORT}, or another if it is taken`, help: "Where to serve it; 0 for any" }),
    "no-open": flag("Do not open a browser, only say the address"),
    "no-threads": flag("Without the headers that let the page compute with several threads"),
  },
  details:
    "The pages compute in the browser; this command only hands out their files, on 127.0.0.1, to this machine. Ctrl-C ends it.",
  examples: [
    ["unrolled lab", "open it"],
    ["unrolled lab runs", "with the runs of a folder"],
    ["unrolled lab --port 8080 --no-open", "at http://127.0.0.1:8080/"],
  ],
  async run({ values, positionals: [runs] }, context: Context) {
    const { terminal } = context;
    if (!existsSync(join(BUILT, "index.html"))) {
      throw new Error("The Lab has not been built yet: npm run lab:build");
    }
    if (runs !== undefined && !statSync(runs, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${runs}: no such folder.`);
    const server = await listen({ folder: BUILT, runs, made, isolated: !values["no-threads"] }, values.port);
    terminal.print(`The Lab   ${server.address}`);
    if (runs !== undefined) {
      const count = runsBelow(runs).length;
      terminal.print(`Runs      ${runs}: ${count === 0 ? "none yet" : count}`);
    }
    terminal.print(terminal.style("dim", "Ctrl-C ends it."));
    if (!values["no-open"]) openBrowser(server.address);
    await new Promise<void>((stopped) => {
      const forget = context.onStop(() => {
        forget();
        stopped();
      });
    });
    await server.close();
    return 0;
  },
});

/** A file that the folder lacks. */
function made(name: string): string | Uint8Array | undefined {
  if (MOBY_DICK.test(name)) return mobyDickJson();
  const module = MODULE.exec(name)?.[1];
  return module === undefined ? undefined : readFileSync(join(MODULES, `${module}.wasm`));
}

/** On the port that was asked for; on any, where none was and the usual one is taken. */
async function listen(options: Omit<LabServerOptions, "port">, asked: number | undefined): Promise<LabServer> {
  try {
    return await serveLab({ ...options, port: asked ?? PORT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (asked !== undefined) throw new Error(`Port ${asked} is taken: choose another --port, or none.`, { cause: error });
    return serveLab({ ...options, port: 0 });
  }
}
