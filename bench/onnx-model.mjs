/**
 * ONNX models of one recurrent layer, encoded by hand.
 *
 * An ONNX file is one protocol-buffers message (onnx.proto, ModelProto). The few fields needed here are short enough to write
 * out, which saves a Python toolchain. Field numbers are those of onnx.proto.
 */
import { CELLS } from "./cases.mjs";

const FLOAT = 1; // TensorProto.DataType and AttributeProto.AttributeType alike
const INT_ATTRIBUTE = 2;

/** ONNX orders LSTM gates i, o, f, c and GRU gates z, r, h; PyTorch i, f, g, o and r, z, n. */
const GATE_ORDER = { lstm: [0, 3, 1, 2], gru: [1, 0, 2], elman: [0] };
const OPERATOR = { lstm: "LSTM", gru: "GRU", elman: "RNN" };

/**
 * A model with input "X" [time, batch, inputSize] and output "Y" [time, 1, batch, hiddenSize]. Of a stream: with the inputs "X"
 * [1, batch, inputSize] and the states before the step, "H" and for an LSTM "C" [1, batch, hiddenSize], and the outputs "Y_h" and "Y_c" after it.
 * @param {import("./cases.mjs").Case} testCase
 * @param {Record<string, Float32Array>} arrays wIh, wHh, bIh, bHh in PyTorch's layout
 * @returns {Uint8Array} the bytes of an .onnx file
 */
export function onnxModel(testCase, arrays) {
  const { cell, batch, inputSize, hiddenSize } = testCase;
  const stream = testCase.kind === "stream";
  const timeSteps = stream ? 1 : testCase.timeSteps;
  const states = !stream ? [] : cell === "lstm" ? ["H", "C"] : ["H"];
  const rows = CELLS[cell].wIh * hiddenSize;
  const reorder = (values, width) => {
    const size = hiddenSize * width;
    const result = new Float32Array(values.length);
    GATE_ORDER[cell].forEach((from, to) => result.set(values.subarray(from * size, (from + 1) * size), to * size));
    return result;
  };
  const biases = new Float32Array(2 * rows);
  biases.set(reorder(arrays.bIh, 1), 0);
  biases.set(reorder(arrays.bHh, 1), rows);

  const node = message(
    // The fifth, left out, would be lengths of the rows. Of the outputs the first is all steps, then come the last states.
    ...["X", "W", "R", "B", ...(stream ? [""] : []), ...states].map((name) => text(1, name)),
    ...(stream ? ["", ...states.map(stateAfter)] : ["Y"]).map((name) => text(2, name)),
    text(4, OPERATOR[cell]),
    bytes(5, intAttribute("hidden_size", hiddenSize)),
    // PyTorch's form: the reset gate is applied after the recurrent product.
    ...(cell === "gru" ? [bytes(5, intAttribute("linear_before_reset", 1))] : []),
  );
  const graph = message(
    bytes(1, node),
    text(2, "layer"),
    bytes(5, tensor("W", [1, rows, inputSize], reorder(arrays.wIh, inputSize))),
    bytes(5, tensor("R", [1, rows, hiddenSize], reorder(arrays.wHh, hiddenSize))),
    bytes(5, tensor("B", [1, 2 * rows], biases)),
    bytes(11, valueInfo("X", [timeSteps, batch, inputSize])),
    ...states.map((name) => bytes(11, valueInfo(name, [1, batch, hiddenSize]))),
    ...(stream ? states.map((name) => bytes(12, valueInfo(stateAfter(name), [1, batch, hiddenSize]))) : []),
    ...(stream ? [] : [bytes(12, valueInfo("Y", [timeSteps, 1, batch, hiddenSize]))]),
  );
  const operatorSet = message(text(1, ""), integer(2, 14));
  return message(integer(1, 8 /* intermediate representation version */), bytes(7, graph), bytes(8, operatorSet));
}

const stateAfter = (name) => `Y_${name.toLowerCase()}`;

/** AttributeProto: name, i, type. */
function intAttribute(name, value) {
  return message(text(1, name), integer(3, value), integer(20, INT_ATTRIBUTE));
}

/** TensorProto: dims, data_type, name, raw_data (little-endian). */
function tensor(name, shape, values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message(...shape.map((size) => integer(1, size)), integer(2, FLOAT), text(8, name), bytes(9, raw));
}

/** ValueInfoProto: name, type { tensor_type { elem_type, shape { dim { dim_value } } } }. */
function valueInfo(name, shape) {
  const dimensions = message(...shape.map((size) => bytes(1, message(integer(1, size)))));
  const type = message(bytes(1, message(integer(1, FLOAT), bytes(2, dimensions))));
  return message(text(1, name), bytes(2, type));
}

// Protocol buffers: a message is a run of fields, each a tag (number << 3 | wire type) and a value.

function message(...fields) {
  return Buffer.concat(fields);
}

function integer(field, value) {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytes(field, value) {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

function text(field, value) {
  return bytes(field, Buffer.from(value, "utf8"));
}

/** Seven bits per byte, lowest first, the top bit set on all but the last. */
function varint(value) {
  const groups = [];
  for (; value >= 128; value = Math.floor(value / 128)) groups.push((value % 128) | 128);
  return Buffer.from([...groups, value]);
}
