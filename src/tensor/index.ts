/** Tensors, the tape and the differentiable operations. `tour.test.ts` shows all of it in use. */
export { empty, fromInts, full, ones, tensor, zeros, type NestedNumbers, type TensorOptions } from "./create.js";
export { defaultBackend, setDefaultBackend, withBackend } from "./default-backend.js";
export { formatShape, ShapeError, shapeError, StaleTensorError, TapeError } from "./errors.js";
export { gradCheck, type GradCheckOptions } from "./grad-check.js";
export * from "./ops/index.js";
export { RandomStream, type RandomState } from "./random.js";
export {
  readSafetensors, readSafetensorsHeader, SafetensorsError, writeSafetensors, type SafetensorsEntry, type StoredTensor,
} from "./safetensors.js";
export { sameShape, sizeOf, type Shape } from "./shape.js";
export { allocateScratch, keep, noGrad, step } from "./step.js";
export { isRecording, record, stopGradient, type BackwardRule, type GradientAccess } from "./tape.js";
export { Tensor, type DType } from "./tensor.js";
