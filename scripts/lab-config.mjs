/** How Vite sees the Lab: the library as any program sees it (`unrolled`, from dist/), equations typeset beforehand. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import temml from "temml";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where `npm run lab:build` leaves it, and `unrolled lab` finds it. */
export const LAB_OUTPUT = join(ROOT, "dist/lab");

/** Without these headers browsers do not share memory between threads. */
export const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** No word about how long the bundler took: a busy machine is no fault of the Lab's. */
const QUIET = { checks: { bundlerTimings: false } };

/** @returns {import("vite").InlineConfig} */
export function labConfig() {
  const { exports, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const rooms = exports["./*"].default.replace("*", "$1");
  return {
    root: join(ROOT, "lab"),
    configFile: false,
    // Relative addresses: any folder of any server will do.
    base: "./",
    logLevel: "warn",
    // runs.json: no runs, until a server that has some puts its own list in place of it.
    publicDir: "public",
    // What a run that is begun here is written by.
    define: { "import.meta.env.UNROLLED_VERSION": JSON.stringify(version) },
    plugins: [equations()],
    resolve: {
      alias: [
        { find: /^unrolled$/, replacement: join(ROOT, exports["."].default) },
        { find: /^unrolled\/(.+)$/, replacement: join(ROOT, rooms) },
      ],
    },
    worker: { format: "es", rolldownOptions: QUIET },
    server: { headers: ISOLATION, fs: { allow: [ROOT] } },
    build: { outDir: LAB_OUTPUT, emptyOutDir: true, target: "es2023", chunkSizeWarningLimit: 1000, rolldownOptions: QUIET },
  };
}

/** Replaces tex`…` and display`…` of lab/parts/tex.ts by MathML. */
function equations() {
  return {
    name: "equations",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith(".tsx") || !/\b(tex|display)`/.test(code)) return undefined;
      return code.replace(/\b(tex|display)`([^`]*)`/g, (_whole, kind, source) => {
        try {
          return JSON.stringify(aligned(temml.renderToString(source, { displayMode: kind === "display", throwOnError: true })));
        } catch (error) {
          this.error(`${id}: cannot typeset ${source}: ${error.message}`);
        }
      });
    },
  };
}

/** Browsers lower an index by what its letter reaches below the line: all letters get to reach equally far. Names of functions are marked. */
function aligned(mathml) {
  const strut = '<mspace width="0" height="0.45em" depth="0.22em"></mspace>';
  return mathml
    .replace(/(<msub>|<msubsup>)(<mi[^>]*>[^<]*<\/mi>)/g, `$1<mrow>$2${strut}</mrow>`)
    .replace(/ style="display:block math;"/, "")
    // A prime is raised by its own shape.
    .replace(/<msup>(<mi>[^<]*<\/mi>)(<mo[^>]*>′<\/mo>)<\/msup>/g, "<mrow>$1$2</mrow>")
    .replace(/<mi>([a-z]{2,})<\/mi>/g, '<mi class="word">$1</mi>');
}
