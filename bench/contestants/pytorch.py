"""PyTorch on the CPU. Speaks the protocol of ../serve.mjs: a JSON message per line on standard input, a JSON answer per line on standard
output. The argument chooses how a thing is done where there are several ways:

best     torch.nn.LSTM, GRU, RNN; ragged batches as PackedSequence; a stream by the same modules, a token at a time; cells that PyTorch
         lacks in eager mode, step by step, with the input's product taken out of the loop
padded   ragged batches at full length, as if padding were tokens
cell     a stream by torch.nn.LSTMCell, GRUCell
plain    a network of several layers as its equations have it, all layers at every step, nothing taken out of the loop
compile  cells that PyTorch lacks with torch.compile, several steps to a graph"""

import functools
import json
import os
import sys
import time

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.dont_write_bytecode = True  # nothing beside the sources
from pytorch_synthesis import Synthesis  # noqa: E402

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "best"
MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}
CELL_MODULES = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
WEIGHTS = {"wIh": "weight_ih", "wHh": "weight_hh", "bIh": "bias_ih", "bHh": "bias_hh"}
# cases.mjs
CLIP, LEARNING_RATE, COMPARED_UPDATES = 1, 2e-3, 3
# A whole sequence in one graph takes minutes to compile; more steps than these gain nothing that could be measured.
STEPS_PER_GRAPH = 4


class Arrays:
    def __init__(self, folder, shapes):
        self.folder, self.shapes = folder, shapes

    def __getitem__(self, name):
        with open(os.path.join(self.folder, name + ".f32"), "rb") as file:
            return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(self.shapes[name]).clone()


def library_module(case, arrays):
    layers = case.get("layers", 1)
    module = MODULES[case["cell"]](case["inputSize"], case["hiddenSize"], layers)
    with torch.no_grad():
        for name, parameter, array in named_weights(module, layers):
            parameter.copy_(arrays[array])
    return module


def named_weights(module, layers):
    """Name without a layer, parameter, name of its array."""
    for layer in range(layers):
        for name, parameter in WEIGHTS.items():
            yield name, getattr(module, f"{parameter}_l{layer}"), name + (str(layer) if layer else "")


class Layers:
    """Recurrent layers of PyTorch."""

    def __init__(self, case, arrays):
        self.layers = case.get("layers", 1)
        self.module = library_module(case, arrays)
        self.x, self.dy = arrays["x"], arrays["dy"]
        self.leaf = self.x.clone().requires_grad_(True)
        lengths = case.get("lengths")
        self.lengths = None if lengths is None or VARIANT == "padded" else torch.tensor(lengths)

    def run(self, x):
        if self.lengths is None:
            return self.module(x)[0]
        packed = pack_padded_sequence(x, self.lengths, enforce_sorted=False)
        return pad_packed_sequence(self.module(packed)[0], total_length=x.shape[0])[0]

    def forward(self):
        with torch.inference_mode():
            return self.run(self.x)

    def train(self):
        # Dropping the gradients costs less than zeroing them.
        self.leaf.grad = None
        self.module.zero_grad(set_to_none=True)
        self.run(self.leaf).backward(self.dy)

    def results(self, mode):
        if mode == "forward":
            return {"output": self.forward()}
        self.train()
        return {"dx": self.leaf.grad, **{"d" + array: p.grad for _, p, array in named_weights(self.module, self.layers)}}


def peephole_ln_lstm(x, sums, state, wHh, gain, shift, peephole, memoryGain, memoryShift):
    h, c = state
    hidden = h.shape[1]
    norm = torch.nn.functional.layer_norm
    products = (sums + h @ wHh.t()).view(-1, 4, hidden)
    i, f, g, o = (norm(products, (hidden,)) * gain.view(4, hidden) + shift.view(4, hidden)).unbind(1)
    pi, pf, po = peephole.view(3, hidden).unbind(0)
    c = torch.sigmoid(f + pf * c) * c + torch.sigmoid(i + pi * c) * torch.tanh(g)
    h = torch.sigmoid(o + po * c) * torch.tanh(norm(c, (hidden,), memoryGain, memoryShift))
    return h, (h, c)


def mut1(x, sums, state, wHh, bias):
    (h,) = state
    hidden = h.shape[1]
    update, reset = sums.chunk(2, 1)
    z = torch.sigmoid(update)
    r = torch.sigmoid(reset + h @ wHh[:hidden].t())
    n = torch.tanh(torch.addmm(bias[2 * hidden :], r * h, wHh[hidden:].t()) + torch.tanh(x))
    h = h + z * (n - h)
    return h, (h,)


OWN_CELLS = {
    "peephole-ln-lstm": (peephole_ln_lstm, 2, ["wIh", "wHh", "gain", "shift", "peephole", "memoryGain", "memoryShift"]),
    "mut1": (mut1, 1, ["wIh", "wHh", "bias"]),
}


class OwnCell:
    """A cell written in tensor operations."""

    def __init__(self, case, arrays):
        self.cell, self.states, self.names = OWN_CELLS[case["cell"]]
        self.hidden = case["hiddenSize"]
        self.leaf, self.dy = arrays["x"].requires_grad_(True), arrays["dy"]
        self.weights = [arrays[name].requires_grad_(True) for name in self.names]
        self.chunk = STEPS_PER_GRAPH if VARIANT == "compile" else 1
        self.steps = self.run_steps
        if VARIANT == "compile":
            # Else a second case would be compiled for sizes that vary, which is slower code.
            torch._dynamo.reset()
            self.steps = torch.compile(self.run_steps, dynamic=False)

    def run_steps(self, xs, sums, state, weights):
        outputs = []
        for x, s in zip(xs, sums):
            output, state = self.cell(x, s, state, *weights)
            outputs.append(output)
        return outputs, state

    def run(self, x):
        w_ih, *weights = self.weights
        bias = weights[-1][: w_ih.shape[0]] if self.names[-1] == "bias" else None
        sums = torch.nn.functional.linear(x, w_ih, bias)
        state = tuple(x.new_zeros(x.shape[1], self.hidden) for _ in range(self.states))
        xs, sums, outputs = x.unbind(0), sums.unbind(0), []
        for t in range(0, len(xs), self.chunk):
            more, state = self.steps(xs[t : t + self.chunk], sums[t : t + self.chunk], state, weights)
            outputs += more
        return torch.stack(outputs)

    def forward(self):
        with torch.inference_mode():
            return self.run(self.leaf)

    def train(self):
        for each in [self.leaf, *self.weights]:
            each.grad = None
        self.run(self.leaf).backward(self.dy)

    def results(self, mode):
        if mode == "forward":
            return {"output": self.forward()}
        self.train()
        return {"dx": self.leaf.grad, **{"d" + name: weight.grad for name, weight in zip(self.names, self.weights)}}


class Stream:
    """A token at a time, the state carried along."""

    def __init__(self, case, arrays):
        self.x = list(arrays["x"].unbind(0))
        if VARIANT == "cell":
            self.module = CELL_MODULES[case["cell"]](case["inputSize"], case["hiddenSize"])
            with torch.no_grad():
                for name, parameter in WEIGHTS.items():
                    getattr(self.module, parameter).copy_(arrays[name])
        else:
            self.module = library_module(case, arrays)
            self.x = [x.unsqueeze(0) for x in self.x]
        self.lstm = case["cell"] == "lstm"

    def step(self, keep=None):
        with torch.inference_mode():
            state = None
            for x in self.x:
                if VARIANT == "cell":
                    state = self.module(x, state)
                    output = state[0] if self.lstm else state
                else:
                    output, state = self.module(x, state)
                if keep is not None:
                    keep.append(output)

    def results(self, mode):
        outputs = []
        self.step(outputs)
        return {"output": torch.stack(outputs)}


class Text:
    """A language model's whole training step."""

    def __init__(self, case, arrays):
        self.case, self.arrays = case, arrays
        self.tokens, self.targets = arrays["tokens"].long(), arrays["targets"].long().flatten()
        self.begin()

    def begin(self):
        case, arrays = self.case, self.arrays
        self.embedding = torch.nn.Embedding(case["vocabulary"], case["inputSize"])
        self.module = library_module(case, arrays)
        self.output = torch.nn.Linear(case["hiddenSize"], case["vocabulary"])
        with torch.no_grad():
            self.embedding.weight.copy_(arrays["embedding"])
            self.output.weight.copy_(arrays["wOut"])
            self.output.bias.copy_(arrays["bOut"])
        for name, parameter, _ in named_weights(self.module, case.get("layers", 1)):
            parameter.requires_grad_(name != "bHh")
        parameters = [*self.embedding.parameters(), *self.module.parameters(), *self.output.parameters()]
        self.learning = [parameter for parameter in parameters if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(self.learning, lr=LEARNING_RATE, fused=True)

    def update(self):
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.output(self.module(self.embedding(self.tokens))[0])
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), self.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learning, CLIP)
        self.optimizer.step()
        return loss.item()

    def results(self, mode):
        self.begin()
        losses = [self.update()]
        layers = self.case.get("layers", 1)
        found = {"d" + array: p.grad.clone() for name, p, array in named_weights(self.module, layers) if name != "bHh"}
        found["dembedding"] = self.embedding.weight.grad.clone()
        found["dwOut"], found["dbOut"] = self.output.weight.grad.clone(), self.output.bias.grad.clone()
        losses += [self.update() for _ in range(COMPARED_UPDATES - 1)]
        return {**found, "losses": torch.tensor(losses)}


def prepare(case, arrays):
    layers = Layers if case["cell"] in MODULES else OwnCell
    kinds = {"layers": layers, "stream": Stream, "text": Text, "synthesis": functools.partial(Synthesis, plain=VARIANT == "plain")}
    return kinds[case["kind"]](case, arrays)


def main():
    prepared = None
    for line in sys.stdin:
        message = json.loads(line)
        answer = {}
        try:
            do = message["do"]
            if do == "start":
                torch.set_num_threads(message["threads"])
                answer = {"version": torch.__version__}
            elif do == "prepare":
                prepared = None
                prepared = prepare(message["case"], Arrays(message["folder"], message["shapes"]))
            elif do == "results":
                for name, tensor in prepared.results(message["mode"]).items():
                    with open(os.path.join(message["into"], name + ".f32"), "wb") as file:
                        file.write(tensor.detach().float().contiguous().numpy().tobytes())
            elif do == "time":
                run = getattr(prepared, message["mode"])
                for _ in range(message["warmUp"]):
                    run()
                seconds = []
                for _ in range(message["iterations"]):
                    start = time.perf_counter()
                    run()
                    seconds.append(time.perf_counter() - start)
                answer = {"seconds": seconds}
            elif do == "release":
                prepared = None
            else:
                answer = {"error": "unknown request: " + str(do)}
        except Exception as error:  # the measuring side shows it in the row
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"}
        print(json.dumps({"id": message["id"], **answer}), flush=True)


main()
