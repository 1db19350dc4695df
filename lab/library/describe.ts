/** What computes here, in words. */
import { defaultBackend } from "unrolled";
import type { Service } from "./protocol.js";

export interface Description {
  readonly backend: string;
  readonly isa: string;
  readonly threads: number;
  readonly reasons: readonly string[];
}

export const describe: Service<undefined, Description> = () => {
  const { name, isa, threads, reasons } = defaultBackend();
  return { backend: name, isa, threads, reasons };
};
