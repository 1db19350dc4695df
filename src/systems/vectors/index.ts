/** Word vectors: word2vec and GloVe; their files, neighbours and analogies, and how good they are. */
export { VectorFileError } from "./file-error.js";
export { detectFormat, readVectors, VECTOR_FORMATS, writeVectors, type VectorFormat } from "./vector-file.js";
export {
  ANALOGY_METHODS, cosine, UnknownWordError, WordVectors, type AnalogyMethod, type AnalogyOptions, type NearestOptions, type Neighbour,
} from "./word-vectors.js";
