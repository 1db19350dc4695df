"""The network of handwriting synthesis (../synthesis.mjs) in PyTorch's eager mode, step by step: arranged so that products with what is
known before a layer begins (the pen; for the upper layers the layer below and the window) are taken out of its loop, or plainly, as the
equations have it, all layers at every step."""

import torch
from torch.nn.functional import linear


class Synthesis:
    def __init__(self, case, arrays, plain=False):
        self.run = self.run_plainly if plain else self.run_arranged
        self.layers, self.hidden = case["layers"], case["hiddenSize"]
        names = ["wW0", "wP", "bP"] + [f"{name}{layer}" for layer in range(self.layers) for name in ("wX", "wH", "b", "p")]
        self.weights = {name: arrays[name].requires_grad_(True) for name in names}
        self.leaf, self.dy = arrays["x"].requires_grad_(True), arrays["dy"]
        text = arrays["text"]
        self.text = text.transpose(0, 1).contiguous()
        # Behind a row's last character the text is zero, so the window shows nothing there.
        self.places = torch.arange(1, text.shape[0] + 1, dtype=torch.float32).view(1, -1, 1)

    def lstm(self, layer, sums, h, c):
        w = self.weights
        i, f, g, o = torch.addmm(sums, h, w[f"wH{layer}"].t()).chunk(4, 1)
        pi, pf, po = w[f"p{layer}"].chunk(3)
        c = torch.sigmoid(f + pf * c) * c + torch.sigmoid(i + pi * c) * torch.tanh(g)
        return torch.sigmoid(o + po * c) * torch.tanh(c), c

    def window(self, h, kappa):
        alpha, beta, step = torch.addmm(self.weights["bP"], h, self.weights["wP"].t()).exp().chunk(3, 1)
        kappa = kappa + step
        distance = kappa.unsqueeze(1) - self.places
        phi = (alpha.unsqueeze(1) * torch.exp(-beta.unsqueeze(1) * distance * distance)).sum(2)
        return torch.bmm(phi.unsqueeze(1), self.text).squeeze(1), kappa

    def run_plainly(self, x):
        w, batch = self.weights, x.shape[1]
        input_weights = [torch.cat([w["wX0"], w["wW0"]], 1)] + [w[f"wX{layer}"] for layer in range(1, self.layers)]
        state = [(x.new_zeros(batch, self.hidden), x.new_zeros(batch, self.hidden)) for _ in range(self.layers)]
        seen, kappa = x.new_zeros(batch, self.text.shape[2]), x.new_zeros(batch, w["bP"].shape[0] // 3)
        outputs = []
        for pen in x.unbind(0):
            for layer in range(self.layers):
                source = torch.cat([pen, seen] if layer == 0 else [pen, state[layer - 1][0], seen], 1)
                state[layer] = self.lstm(layer, linear(source, input_weights[layer], w[f"b{layer}"]), *state[layer])
                if layer == 0:
                    seen, kappa = self.window(state[0][0], kappa)
            outputs.append(torch.cat([h for h, _ in state], 1))
        return torch.stack(outputs)

    def run_arranged(self, x):
        w, batch = self.weights, x.shape[1]
        below, windows, outputs = [], [], []
        h, c = x.new_zeros(batch, self.hidden), x.new_zeros(batch, self.hidden)
        seen, kappa = x.new_zeros(batch, self.text.shape[2]), x.new_zeros(batch, w["bP"].shape[0] // 3)
        for sums in linear(x, w["wX0"], w["b0"]).unbind(0):
            h, c = self.lstm(0, torch.addmm(sums, seen, w["wW0"].t()), h, c)
            seen, kappa = self.window(h, kappa)
            below.append(h)
            windows.append(seen)
        outputs.append(torch.stack(below))
        windows = torch.stack(windows)
        for layer in range(1, self.layers):
            source = torch.cat([x, outputs[-1], windows], 2)
            h, c = x.new_zeros(batch, self.hidden), x.new_zeros(batch, self.hidden)
            here = []
            for sums in linear(source, w[f"wX{layer}"], w[f"b{layer}"]).unbind(0):
                h, c = self.lstm(layer, sums, h, c)
                here.append(h)
            outputs.append(torch.stack(here))
        return torch.cat(outputs, 2)

    def forward(self):
        with torch.inference_mode():
            return self.run(self.leaf)

    def train(self):
        for each in [self.leaf, *self.weights.values()]:
            each.grad = None
        self.run(self.leaf).backward(self.dy)

    def results(self, mode):
        if mode == "forward":
            return {"output": self.forward()}
        self.train()
        return {"dx": self.leaf.grad, **{"d" + name: weight.grad for name, weight in self.weights.items()}}
