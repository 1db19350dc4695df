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
    "wide-test": ["-DUNROLLED_VL=16"],
  },
};
const ON_DEMAND = "wide-test";

/** The names of the addons that a build makes here; none where there is no recipe for the machine. */
export function nativeIsas({ wideTest = false } = {}) {
  if (process.platform !== "linux" && process.platform !== "darwin") return [];
  return Object.keys(ISAS[process.arch] ?? {}).filter((isa) => wideTest || isa !== ON_DEMAND);
}

export function nativeFlags(isa, { platform = process.platform, arch = process.arch } = {}) {
  // Without names of functions that nobody calls from outside: the package has no room for them.
  const link = platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared", "-s"];
  return [...COMMON, ...ISAS[arch][isa], ...link];
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
