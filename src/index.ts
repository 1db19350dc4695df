/**
 * Unrolled from the outside: what most programs need, in one import.
 *
 * The rooms behind it, lowest first; each can be imported by itself (`unrolled/nn`) and has more than is listed here:
 *
 *     unrolled/backend   who computes: native code, WebAssembly, or the float64 reference
 *     unrolled/tensor    arrays, shapes, the tape, differentiable operations
 *     unrolled/cell      the language in which cells are written, its compiler, and the cells
 *     unrolled/nn        modules with parameters: Recurrent, Linear, Embedding, …; losses, initialisers, PyTorch weights
 *     unrolled/optim     optimisers, clipping, schedules
 *     unrolled/train     the training loop, truncated backpropagation, runs and checkpoints
 *     unrolled/decode    sampling; best path and beam search of connectionist temporal classification; alignment
 *     unrolled/data      from text files to windows of tokens
 *     unrolled/systems/text   the language model that `npm start` trains
 *     unrolled/systems/handwriting   pen strokes predicted, written and drawn
 *     unrolled/systems/recogniser    what a pen wrote, read
 *     unrolled/systems/vectors   word2vec and GloVe; vectors of words and their files
 *     unrolled/systems/long-lag   what vanishing gradients cost and what helps, made to be watched
 *
 * `tanh`, `add`, `mul`, … from here compute with tensors. A cell's equations use functions of the same names from
 * `unrolled/cell`, which build its graph instead.
 */
export {
  createReferenceBackend, describeBackends, loadBackend, OutOfMemoryError, type Backend, type BackendName, type BackendOptions,
} from "./backend/index.js";
export * from "./tensor/index.js";
export {
  attentionLstm, CellError, cellNamed, cells, defineCell, coupledLstm, elman, elmanRelu, elmanTanh, gravesWindow, gru, gruResetBefore,
  layerNormLstm, lstm, mut1, mut2, mut3, peepholeLstm, type Cell, type CellTools, type CellValues, type MemoryInput,
} from "./cell/index.js";
export * from "./nn/index.js";
export {
  AdaGrad, Adam, AdamW, AdaptiveWeightNoise, clipGradientNorm, clipGradientValue, Ema, gradientNorm, GravesRmsProp, Phases, RmsProp, Sgd,
  WeightNoise,
  type Optimizer, type OptimizerOptions, type OptimizerState,
} from "./optim/index.js";
/** Learning rates over time: `new Adam(model, { lr: schedules.cosine(…) })`. */
export * as schedules from "./optim/schedules.js";
export * from "./train/index.js";
