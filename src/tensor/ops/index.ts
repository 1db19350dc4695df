/**
 * The differentiable operations, one file per family.
 *
 * To add one:
 *
 * - A function of one number per element: a line in the table of `pointwise.ts` (`unary`), given its code in `kernels.h`.
 *   The gradient is the kernel `map_backward` unless the line says something shorter. Two operands: a line with `binary`,
 *   its gradient a formula per operand; broadcasting is done for it.
 * - Anything else is a function that (1) checks its arguments and throws `shapeError(op, argument, expected, got)`,
 *   (2) makes its result with `uncleared(op, backend, shape)`, (3) calls kernels, and (4) ends with
 *   `record(op, inputs, outputs, rule)`. The rule may call other operations (they are not recorded) and hands over what it
 *   found by `g.add(i, contribution)`, or lets a kernel add into `g.into(i)`. Addresses stay what they are; a window on
 *   memory (`memory.floats`) does not survive an allocation. What only combines other operations needs no rule at all.
 * - Then: a method in `tensor.ts` if it reads well as one, the export here, and a case in `ops.test.ts`, from which its
 *   forward pass is compared on every backend and its gradient checked by finite differences.
 */
export * from "./dropout.js";
export * from "./gather.js";
export * from "./losses.js";
export * from "./matmul.js";
export * from "./pointwise.js";
export * from "./reduce.js";
export * from "./rows.js";
export * from "./views.js";
