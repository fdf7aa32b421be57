"""Trains the model on the corpus, from scratch, on the CPU, and exports it.

    nice -n 10 python3 train.py --corpus corpus.jsonl --output ../../models/stories --steps 2000

One document a row, rows of like length together, about --tokens of them a step; every document starts at position 0
and sees nothing but itself. Matrices learn by Muon (the momentum made orthogonal), everything else by AdamW.
"""

import argparse
import json
import math
import pathlib
import random
import time

import numpy
import torch
from torch.nn import functional

import files
from model import HALF, Llama, Shape
from tokenizer import SPECIALS, Tokenizer

PAD = SPECIALS.index("<|pad|>")


def batches(lines: list[str], encode, tokens: int, seed: int):
    """Endless batches [rows, tokens], padded; the documents are shuffled in pools, and within a pool sorted by length.

    encode: one line of the corpus -> its ids, int16."""
    rng = random.Random(seed)
    while True:
        order = rng.sample(range(len(lines)), len(lines))
        for start in range(0, len(order), 1024):
            pool = sorted((encode(lines[index]) for index in order[start:start + 1024]), key=len)
            ready, rows = [], []
            for document in pool:
                if rows and (len(rows) + 1) * len(document) > tokens:
                    ready.append(rows)
                    rows = []
                rows.append(document)
            rng.shuffle(ready)
            for rows in ready:
                batch = numpy.full((len(rows), max(map(len, rows))), PAD, dtype=numpy.int64)
                for row, document in enumerate(rows):
                    batch[row, :len(document)] = document
                yield torch.from_numpy(batch)


def loss_of(model, batch):
    """Mean cross-entropy over the predicted tokens, in nats."""
    logits = model(batch[:, :-1])
    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), batch[:, 1:].reshape(-1), ignore_index=PAD)


class Muon:
    """Momentum, made orthogonal by five Newton-Schulz steps (K. Jordan, "Muon", 2024)."""

    def __init__(self, parameters, momentum: float = 0.95, decay: float = 0.05):
        self.parameters, self.momentum, self.decay = parameters, momentum, decay
        self.speed = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for parameter, speed in zip(self.parameters, self.speed):
            gradient = parameter.grad
            speed.lerp_(gradient, 1 - self.momentum)
            update = gradient.lerp(speed, self.momentum).to(HALF)
            tall = update.shape[0] > update.shape[1]
            update = update.t() if tall else update
            update = update / (update.float().norm() + 1e-7).to(HALF)
            for _ in range(5):
                square = update @ update.t()
                update = 3.4445 * update + (-4.7750 * square + 2.0315 * square @ square) @ update
            update = update.t() if tall else update
            parameter.mul_(1 - rate * self.decay).add_(update.float(), alpha=-rate * max(1, parameter.shape[0] / parameter.shape[1]) ** 0.5)


def schedule(step: int, steps: int, warmup: int) -> float:
    """A short way up, level, then from 55 % on down along a cosine to nearly nothing: where it ends may be decided late."""
    level = int(0.55 * steps)
    if step < level:
        return min(1, (step + 1) / warmup)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - level) / (steps - level)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--corpus", required=True)
    arguments.add_argument("--output", required=True, help="the model's folder; holds tokenizer.json already")
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--tokens", type=int, default=8192, help="tokens a step, padding included")
    arguments.add_argument("--muon-rate", type=float, default=0.02)
    arguments.add_argument("--adam-rate", type=float, default=3e-3)
    arguments.add_argument("--minutes", type=float, default=0, help="stop the schedule early enough to end within this time; 0 is no limit")
    arguments.add_argument("--start", help="a folder to go on from, instead of from scratch; the optimizers begin anew")
    arguments.add_argument("--export-every", type=int, default=500)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=1, help="of the first weights and of the order of the documents")
    options = arguments.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    model = files.load(options.start) if options.start else Llama(Shape())
    tokenizer = Tokenizer(pathlib.Path(options.output, "tokenizer.json"))
    encode = lambda line: numpy.array(tokenizer.encode("".join(json.loads(line)))[:model.shape.context], dtype=numpy.int16)
    documents = pathlib.Path(options.corpus).read_text(encoding="utf-8").splitlines()
    held_out, documents = documents[:200], documents[200:]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(documents):,} documents", flush=True)

    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.dim() == 1 or "embed" in name]
    muon, adam = Muon(matrices), torch.optim.AdamW(others, lr=options.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    source, checks = batches(documents, encode, options.tokens, options.seed), batches(held_out, encode, options.tokens, 0)
    checks = [next(checks) for _ in range(4)]

    began, steps, step, seen, running = time.time(), options.steps, 0, 0, None
    while step < steps:
        rate = schedule(step, steps, 50)
        batch = next(source)
        loss = loss_of(model, batch)
        loss.backward()
        muon.step(options.muon_rate * rate)
        adam.param_groups[0]["lr"] = options.adam_rate * rate
        adam.step()
        model.zero_grad(set_to_none=True)
        step, seen = step + 1, seen + int((batch != PAD).sum())
        running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        spent = time.time() - began
        if options.minutes and step % 50 == 0:                # the schedule follows the machine's real speed
            steps = max(step, min(options.steps, int(step * options.minutes * 60 / spent)))
        if step % 25 == 0 or step == steps:
            print(f"step {step}/{steps}  loss {running:.3f}  {seen / spent:,.0f} tokens/s  {spent / 60:.1f} min", flush=True)
        if step % options.export_every == 0 or step == steps:
            with torch.no_grad():
                check = sum(loss_of(model, batch).item() for batch in checks) / len(checks)
            files.export(model, options.output)
            print(f"exported at step {step}: {seen:,} tokens seen, held-out loss {check:.4f}", flush=True)


if __name__ == "__main__":
    main()
