/** For the tests of runs. */

/** Lines of metrics as they would be at any speed: how long it took is never the same twice. */
export function withoutTimes(metrics: Uint8Array | undefined): string {
  return new TextDecoder().decode(metrics).replaceAll(/"elapsed":[\d.e-]+,/g, "");
}
