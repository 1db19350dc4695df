"""gensim's part in the benchmarks of word vectors. Needs Debian's python3-gensim; run by vectors-peers.mjs with /usr/bin/python3.

    vectors_peers.py train OPTIONS          trains, saves, prints seconds
    vectors_peers.py neighbours OPTIONS     reads a file of vectors, prints neighbours
    vectors_peers.py convert OPTIONS        reads a file of vectors, saves it in gensim's formats

OPTIONS is JSON, and so is what is printed.
"""
import json
import resource
import sys
import time

import numpy as np
from gensim.models import KeyedVectors, Word2Vec


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def train(o):
    model = Word2Vec(vector_size=o["dimensions"], window=o["window"], negative=o["negatives"], min_count=5, sg=int(o["method"] == "skipgram"),
                     alpha=o["lr"], min_alpha=o["lr"] * 1e-4, sample=1e-3, workers=o["threads"], seed=o["seed"])
    model.build_vocab(corpus_file=o["text"])
    cpu, began = processor_seconds(), time.time()
    model.train(corpus_file=o["text"], total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=o["epochs"])
    out = {"seconds": time.time() - began, "processor": processor_seconds() - cpu}
    model.wv.save_word2vec_format(o["out"], binary=True)
    return out


def load(path, kind):
    if kind == "safetensors":
        # The format by hand: a length, a header of JSON, the numbers.
        data = open(path, "rb").read()
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + size])
        entry = header["vectors"]
        assert entry["dtype"] == "F32", entry
        first, last = (8 + size + offset for offset in entry["data_offsets"])
        words = header["__metadata__"]["words"].split("\n")
        vectors = KeyedVectors(vector_size=entry["shape"][1])
        vectors.add_vectors(words, np.frombuffer(data[first:last], "<f4").reshape(entry["shape"]))
        return vectors
    options = {"word2vec": {}, "word2vec-binary": {"binary": True}, "glove": {"no_header": True}}[kind]
    return KeyedVectors.load_word2vec_format(path, **options)


def neighbours(o):
    began = time.time()
    vectors = load(o["path"], o["format"])
    loaded = time.time() - began
    return {"seconds": loaded, "words": len(vectors), "dimensions": vectors.vector_size,
            "neighbours": {word: vectors.most_similar(word, topn=o["count"]) for word in o["words"]},
            "analogies": [vectors.most_similar(positive=[b, c], negative=[a], topn=o["count"]) for a, b, c in o["analogies"]]}


def convert(o):
    vectors = load(o["path"], o["format"])
    vectors.save_word2vec_format(o["out"] + ".bin", binary=True)
    vectors.save_word2vec_format(o["out"] + ".vec", binary=False)
    vectors.save_word2vec_format(o["out"] + ".txt", binary=False, write_header=False)
    return {}


print(json.dumps({"train": train, "neighbours": neighbours, "convert": convert}[sys.argv[1]](json.loads(sys.argv[2]))))
