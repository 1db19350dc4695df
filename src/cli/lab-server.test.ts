import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runsBelow, serveLab, type LabServer } from "./lab-server.js";
import { main } from "./main.js";
import { testContext } from "./testing.js";

const base = mkdtempSync(join(tmpdir(), "unrolled-lab-"));
const folder = join(base, "lab");
const runs = join(base, "runs");
let server: LabServer;

beforeAll(async () => {
  for (const each of [join(folder, "assets"), join(runs, "a/one"), join(runs, "two"), join(runs, ".hidden"), `${folder}-beside`]) mkdirSync(each, { recursive: true });
  writeFileSync(join(folder, "index.html"), "<p>Lab");
  writeFileSync(join(folder, "assets/a.wasm"), "wasm");
  writeFileSync(join(folder, "empty.txt"), "");
  writeFileSync(join(base, "secret.txt"), "secret");
  writeFileSync(`${folder}-beside/secret.txt`, "secret");
  for (const run of ["a/one", "two", ".hidden"]) writeFileSync(join(runs, run, "run.json"), `{"name":"${run}"}`);
  symlinkSync(join(base, "secret.txt"), join(folder, "link.txt"));
  server = await serveLab({ folder, runs, port: 0, isolated: true });
});

afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true, force: true });
});

/** As it is sent: fetch would tidy the path up. */
function ask(path: string, { method = "GET", host, to = server }: { method?: string; host?: string; to?: LabServer } = {}) {
  const { hostname, port } = new URL(to.address);
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((done, failed) => {
    const sent = request({ hostname, port, path, method, headers: host === undefined ? {} : { host } }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", failed).end();
  });
}

describe("the Lab's server", () => {
  it("is on this machine only", () => {
    expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it("hands out pages and files, with what threads need", async () => {
    const page = await ask("/?x=1");
    expect(page).toMatchObject({ status: 200, body: "<p>Lab", headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" } });
    expect(page.headers).toMatchObject({ "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" });
    expect(await ask("/assets/a.wasm")).toMatchObject({ status: 200, body: "wasm", headers: { "content-type": "application/wasm" } });
    expect(await ask("/empty.txt")).toMatchObject({ status: 200, body: "" });
    expect(await ask("/index.html", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it("does without, when asked to", async () => {
    const plain = await serveLab({ folder, port: 0, isolated: false });
    const { headers, status } = await ask("/", { to: plain });
    expect([status, headers["cross-origin-embedder-policy"]]).toEqual([200, undefined]);
    expect(await ask("/runs.json", { to: plain })).toMatchObject({ status: 200, body: "null" });
    expect((await ask("/runs/two/run.json", { to: plain })).status).toBe(404);
    await plain.close();
  });

  it("makes what is not in the folder, and says why it cannot", async () => {
    const made = (name: string) => {
      if (name === "assets/broken.json") throw new Error("The corpus is missing.");
      return name === "assets/made.json" || name === "assets/a.wasm" ? `{"made":true}` : undefined;
    };
    const making = await serveLab({ folder, runs, port: 0, isolated: true, made });
    expect(await ask("/assets/made.json", { to: making })).toMatchObject({ status: 200, body: `{"made":true}`, headers: { "content-type": "application/json" } });
    expect(await ask("/assets/a.wasm", { to: making })).toMatchObject({ status: 200, body: "wasm" });
    expect(await ask("/assets/broken.json", { to: making })).toMatchObject({ status: 503, body: "The corpus is missing.\n" });
    for (const path of ["/assets/other.json", "/runs/assets/made.json"]) expect((await ask(path, { to: making })).status).toBe(404);
    await making.close();
  });

  it.each([
    "/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/link.txt", "/../lab-beside/secret.txt",
    "/assets", "/nothing", "/runs/../secret.txt", "/runs/%2e%2e/secret.txt", "/..\\secret.txt", "/runs/two",
  ])("has nothing at %s", async (path) => {
    const { status, body } = await ask(path);
    expect([status, body.includes("secret\n") || body === "secret"]).toEqual([404, false]);
  });

  it("refuses what is no address, other methods and other names", async () => {
    expect((await ask("/%")).status).toBe(400);
    expect((await ask("/a%00b")).status).toBe(400);
    expect((await ask("/", { method: "POST" })).status).toBe(405);
    expect((await ask("/", { host: "evil.example" })).status).toBe(403);
    expect((await ask("/", { host: "localhost:1" })).status).toBe(200);
  });

  it("lists runs, and hands out their files", async () => {
    expect(runsBelow(runs)).toEqual(["a/one", "two"]);
    expect(runsBelow(join(runs, "two"))).toEqual([""]);
    expect(JSON.parse((await ask("/runs.json")).body)).toEqual(["a/one", "two"]);
    expect(await ask("/runs/a/one/run.json")).toMatchObject({ status: 200, body: '{"name":"a/one"}', headers: { "cache-control": "no-store" } });
  });
});

describe("unrolled lab", () => {
  it("says what is wrong", async () => {
    const context = testContext();
    expect(await main(["lab", "nowhere", "--no-open"], context)).not.toBe(0);
    expect(context.errorOutput()).toMatch(/^error: (nowhere: no such folder\.|The Lab has not been built yet: npm run lab:build)\n$/);
  });
});
