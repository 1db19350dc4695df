/** Word vectors: word2vec, GloVe and PMI-SVD; their files, neighbours and analogies, and how good they are. */
export { fromWordVectors } from "./embedding.js";
export {
  evaluateAnalogies, evaluateSimilarities, totalAnalogies, type AnalogyResult, type EvaluateOptions, type SimilarityResult,
} from "./evaluate.js";
export { VectorFileError } from "./file-error.js";
export {
  formatAnalogies, formatSimilarities, parseAnalogies, parseSimilarities, type AnalogyQuestion, type AnalogySection, type SimilarityPair,
} from "./questions.js";
export {
  analogySection, countrySections, grammarSections, similarityPairs, type Country, type PairOptions, type PartsOfSpeech, type WordCounts,
} from "./question-sets.js";
export { ranks, spearman } from "./spearman.js";
export { detectFormat, readVectors, VECTOR_FORMATS, writeVectors, type VectorFormat } from "./vector-file.js";
export {
  ANALOGY_METHODS, cosine, UnknownWordError, WordVectors, type AnalogyMethod, type AnalogyOptions, type NearestOptions, type Neighbour,
} from "./word-vectors.js";
export { Glove, GLOVE_DEFAULTS, type GloveConfig } from "./glove.js";
export { aliasTable, noiseDistribution } from "./noise.js";
export { DOT, NAME_SIZE, placeNames, type NamedDot, type PlacedName } from "./place-names.js";
export { pmiSvd, PMI_SVD_DEFAULTS, positivePmi, type PmiSvdConfig, type PositivePmiConfig } from "./pmi-svd.js";
export { mapWords, wordsOfMap, type MappedWord, type MapSelection, type Projection } from "./word-map.js";
export { drawWordMap, type WordMapPicture } from "./word-map-svg.js";
export { shiftedPmi } from "./shifted-pmi.js";
export { SparseMatrix, type Entries } from "./sparse-matrix.js";
export { truncatedSvd, type TruncatedSvd, type TruncatedSvdOptions } from "./truncated-svd.js";
export { trainVectors, type VectorTrainOptions } from "./train.js";
export { sensibleEpochs, sensibleXMax } from "./train-recipe.js";
export { umapProjection, type UmapClass } from "./umap.js";
export { VECTOR_METHODS, type VectorMethod, type VectorStep, type VectorTrainer } from "./trainer.js";
export { CBOW_DEFAULTS, SKIPGRAM_DEFAULTS, Word2vec, type Word2vecConfig } from "./word2vec.js";
