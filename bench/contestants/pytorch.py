"""PyTorch: torch.nn.LSTM, GRU and RNN on the CPU. Speaks the protocol of ../serve.mjs: a JSON message per line on standard input,
a JSON answer per line on standard output."""

import json
import os
import sys
import time

import torch

MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}
WEIGHTS = {"wIh": "weight_ih_l0", "wHh": "weight_hh_l0", "bIh": "bias_ih_l0", "bHh": "bias_hh_l0"}


def read(folder, name, shape):
    with open(os.path.join(folder, name + ".f32"), "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(shape).clone()


class Prepared:
    def __init__(self, case, folder, shapes):
        self.module = MODULES[case["cell"]](case["inputSize"], case["hiddenSize"])
        with torch.no_grad():
            for name, parameter in WEIGHTS.items():
                getattr(self.module, parameter).copy_(read(folder, name, shapes[name]))
        self.x = read(folder, "x", shapes["x"])
        self.dy = read(folder, "dy", shapes["dy"])
        self.leaf = self.x.clone().requires_grad_(True)

    def forward(self):
        with torch.inference_mode():
            return self.module(self.x)[0]

    def train(self):
        # Dropping the gradients costs less than zeroing them.
        self.leaf.grad = None
        self.module.zero_grad(set_to_none=True)
        self.module(self.leaf)[0].backward(self.dy)

    def results(self, mode):
        if mode == "forward":
            return {"output": self.forward()}
        self.train()
        weights = {"d" + name: getattr(self.module, parameter).grad for name, parameter in WEIGHTS.items()}
        return {"dx": self.leaf.grad, **weights}


def main():
    prepared = None
    for line in sys.stdin:
        message = json.loads(line)
        answer = {}
        try:
            do = message["do"]
            if do == "start":
                torch.set_num_threads(message["threads"])
                answer = {"version": torch.__version__, "modes": ["forward", "train"]}
            elif do == "prepare":
                prepared = None
                prepared = Prepared(message["case"], message["folder"], message["shapes"])
            elif do == "results":
                for name, tensor in prepared.results(message["mode"]).items():
                    with open(os.path.join(message["into"], name + ".f32"), "wb") as file:
                        file.write(tensor.contiguous().numpy().tobytes())
            elif do == "time":
                run = prepared.forward if message["mode"] == "forward" else prepared.train
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
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": message["id"], **answer}), flush=True)


main()
