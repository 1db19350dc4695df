/** How many threads this process should use under Node. */
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Explained } from "./platform.js";

/**
 * Physical cores that this process may use: two threads on one core's siblings are no faster than one for kernels that keep the
 * arithmetic units busy. Where the system does not tell (only Linux is asked), all logical cores count.
 */
export function physicalCores(): Explained<number> {
  const logical = availableParallelism();
  const cores = coresOfLinux();
  const quota = quotaOfLinux();
  const value = Math.max(1, Math.min(cores ?? logical, logical, quota ?? Infinity));
  if (quota !== undefined && value === quota && value < (cores ?? logical)) return { value, why: "the container's processor quota" };
  if (cores === undefined) return { value, why: `the system reports ${logical} logical cores` };
  return { value, why: `${value === 1 ? "one physical core" : `${value} physical cores`} for this process` };
}

/** Cores with at least one logical processor that the process is allowed to run on. */
function coresOfLinux(): number | undefined {
  const folder = "/sys/devices/system/cpu";
  try {
    const allowed = allowedProcessors();
    const cores = new Set<string>();
    for (const name of readdirSync(folder)) {
      const processor = /^cpu(\d+)$/.exec(name)?.[1];
      if (processor === undefined || (allowed && !allowed.has(Number(processor)))) continue;
      cores.add(readFileSync(`${folder}/${name}/topology/thread_siblings_list`, "utf8"));
    }
    return cores.size > 0 ? cores.size : undefined;
  } catch {
    return undefined;
  }
}

function allowedProcessors(): Set<number> | undefined {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return list === undefined ? undefined : new Set(expandRanges(list));
}

/** "0-2,5" -> [0, 1, 2, 5] */
export function expandRanges(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [from = NaN, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/** Whole processors that a container may use (control groups, version 2). */
function quotaOfLinux(): number | undefined {
  try {
    const [quota, period] = readFileSync("/sys/fs/cgroup/cpu.max", "utf8").trim().split(" ").map(Number);
    return quota && period ? Math.max(1, Math.floor(quota / period)) : undefined;
  } catch {
    return undefined;
  }
}
