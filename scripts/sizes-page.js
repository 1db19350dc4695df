/**
 * The least that a page needs to run a trained character model: what sizes.mjs bundles and weighs. `model.json` holds the vocabulary and the
 * model's sizes, `model.safetensors` its weights.
 */
import { loadBackend } from "../dist/backend/index.js";
import { lstm } from "../dist/cell/index.js";
import { vocabularyFromJSON } from "../dist/data/index.js";
import { generate, TextModel } from "../dist/systems/text/index.js";
import { RandomStream, readSafetensors, setDefaultBackend } from "../dist/tensor/index.js";

setDefaultBackend(await loadBackend());
const { vocabulary: stored, hiddenSize, layers, embeddingSize } = await (await fetch("model.json")).json();
const weights = new Uint8Array(await (await fetch("model.safetensors")).arrayBuffer());
const vocabulary = vocabularyFromJSON(stored);
const random = new RandomStream(1);
const model = new TextModel({ vocabularySize: vocabulary.size, cell: lstm, hiddenSize, layers, embeddingSize, random });
model.loadStateDict(readSafetensors(weights, "model.safetensors").tensors);
const decoder = new TextDecoder();
for (const piece of generate(model, vocabulary, { length: 500, prime: "The ", temperature: 0.7, random })) {
  document.body.append(decoder.decode(piece, { stream: true }));
}
