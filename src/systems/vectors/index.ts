/** Word vectors: word2vec and GloVe; their files, neighbours and analogies, and how good they are. */
export { UnknownWordError, WordVectors, type Neighbour } from "./word-vectors.js";
