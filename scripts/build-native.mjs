/** Which native addons are built on this machine, with which compiler and flags. */
import { execFileSync } from "node:child_process";

const AVX512 = ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mbmi", "-mbmi2", "-mprefer-vector-width=512"];

const COMMON = [
  "-std=gnu11",
  "-O3",
  // Products and sums may fuse, but NaN and infinity keep their meaning: no -ffast-math.
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fvisibility=hidden",
  "-fPIC",
  "-pthread",
  "-Wall",
];

/** Flags by ISA; names as in kernels/addon.c. */
const ISAS = {
  x64: {
    baseline: [],
    avx2: ["-mavx2", "-mfma", "-mbmi", "-mbmi2"],
    avx512: AVX512,
    // Products of 8 and of 16 bits in one instruction.
    "avx512-bf16": [...AVX512, "-mavx512vnni", "-mavx512bf16"],
    // The widest layout on a narrower machine: only the conformance suite asks for it.
    "wide-test": ["-mavx2", "-mfma", "-mbmi", "-mbmi2", "-DUNROLLED_VL=16"],
  },
  arm64: {
    neon: [],
    // Products of 8 bits in one instruction.
    "neon-dot": ["-march=armv8.2-a+dotprod"],
    "wide-test": ["-DUNROLLED_VL=16"],
  },
};
const ON_DEMAND = "wide-test";

/** The addon that says which of the others a machine can run. */
export const MACHINE = "machine";

/** The addons that a build makes here, and their sources; none where there is no recipe for the machine. */
export function nativeAddons({ wideTest = false, platform = process.platform, arch = process.arch } = {}) {
  if ((platform !== "linux" && platform !== "darwin") || !(arch in ISAS)) return [];
  const isas = Object.keys(ISAS[arch]).filter((isa) => wideTest || isa !== ON_DEMAND);
  return [{ name: MACHINE, source: "kernels/machine.c" }, ...isas.map((name) => ({ name, source: "kernels/addon.c" }))];
}

export function nativeFlags(addon, { platform = process.platform, arch = process.arch } = {}) {
  // Without names of functions that nobody calls from outside: the package has no room for them.
  const link = platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared", "-s"];
  return [...COMMON, ...(ISAS[arch][addon] ?? []), ...link];
}

/**
 * The C compiler: $CC (with arguments if it has any), else the first of cc, gcc and clang that answers.
 * @returns {{ command: string[], version: string } | undefined}
 */
export function findCompiler() {
  const candidates = process.env.CC ? [process.env.CC.trim().split(/\s+/)] : [["cc"], ["gcc"], ["clang"]];
  for (const command of candidates) {
    try {
      const output = execFileSync(command[0], [...command.slice(1), "--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      return { command, version: output.split("\n", 1)[0].trim() };
    } catch {}
  }
  return undefined;
}
