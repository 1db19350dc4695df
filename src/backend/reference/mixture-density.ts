/** The loss of a mixture density over the movement of a pen: Graves 2013, equations 18 to 37, as printed there. */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

const LARGEST_LOG_SD = 10;
const LARGEST_ATANH_CORRELATION = 6;

const within = (value: number, limit: number) => (value > limit ? limit : value < -limit ? -limit : value);
const logSumExp = (values: readonly number[]) => {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
};
/** log(1 + exp(x)) */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export function mixtureDensityKernels(memory: ReferenceMemory) {
  return {
    mixtureDensity(loss, gradient, raw, target, rows, components, clip) {
      const columns = 6 * components + 1;
      for (let r = 0; r < rows; r++) {
        const [x, y, lift] = [0, 1, 2].map((c) => memory.read(target, 3 * r + c)) as [number, number, number];
        const slopes = new Array<number>(columns).fill(0);
        let cost = 0;
        if (!(lift < 0)) {
          const output = (c: number) => memory.read(raw, r * columns + c);
          const end = output(0);
          const parts = Array.from({ length: components }, (_, j) => {
            const hat = (plane: number) => output(1 + plane * components + j);
            const [sdX, sdY] = [Math.exp(within(hat(3), LARGEST_LOG_SD)), Math.exp(within(hat(4), LARGEST_LOG_SD))];
            const rho = Math.tanh(within(hat(5), LARGEST_ATANH_CORRELATION));
            const [dX, dY] = [(x - hat(1)) / sdX, (y - hat(2)) / sdY];
            const z = dX ** 2 + dY ** 2 - 2 * rho * dX * dY;
            const c = 1 / (1 - rho ** 2);
            const logDensity = (-z * c) / 2 - Math.log(2 * Math.PI * sdX * sdY) - Math.log(1 - rho ** 2) / 2;
            return { weight: hat(0), logDensity, sdX, sdY, rho, dX, dY, z, c };
          });
          const logWeights = logSumExp(parts.map(({ weight }) => weight));
          const logDensity = logSumExp(parts.map((part) => part.weight - logWeights + part.logDensity));
          // e = 1 / (1 + exp(end)), so -log e = softplus(end) and -log(1 - e) = softplus(-end).
          cost = -logDensity + lift * softplus(end) + (1 - lift) * softplus(-end);
          slopes[0] = lift - 1 / (1 + Math.exp(end));
          parts.forEach(({ weight, logDensity: own, sdX, sdY, rho, dX, dY, z, c }, j) => {
            const pi = Math.exp(weight - logWeights);
            const gamma = Math.exp(weight - logWeights + own - logDensity);
            const gradients = [
              pi - gamma,
              -gamma * (c / sdX) * (dX - rho * dY),
              -gamma * (c / sdY) * (dY - rho * dX),
              -gamma * (c * dX * (dX - rho * dY) - 1),
              -gamma * (c * dY * (dY - rho * dX) - 1),
              -gamma * (dX * dY + rho * (1 - c * z)),
            ];
            gradients.forEach((value, plane) => (slopes[1 + plane * components + j] = value));
          });
        }
        memory.write(loss, r, cost);
        if (gradient !== 0) slopes.forEach((value, c) => memory.write(gradient, r * columns + c, within(value, clip)));
      }
    },
  } satisfies Partial<Kernels>;
}
