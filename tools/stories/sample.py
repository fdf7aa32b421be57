"""Samples from an exported model, reading nothing but its folder.

    python3 sample.py --model ../../models/stories --seeds 1-10 "Once upon a time"
    python3 sample.py --model ../../models/stories --chat "Tell me a story about a fox named Pip."

One story a seed. Without a prompt the model begins by itself. It recomputes the whole prefix for each token: slow, and simple.
"""

import argparse

import torch

import files
from tokenizer import SPECIALS, Tokenizer

STOPS = {SPECIALS.index("<|endoftext|>"), SPECIALS.index("<|end|>")}


def draw(logits, temperature: float, top_p: float, generator) -> int:
    """One token from logits [vocabulary]: softmax at the temperature, cut to the smallest set that holds top_p."""
    chances, order = torch.softmax(logits.float() / temperature, -1).sort(descending=True)
    chances[chances.cumsum(-1) - chances >= top_p] = 0
    return int(order[torch.multinomial(chances, 1, generator=generator)])


@torch.no_grad()
def sample(model, prompt: list[int], seeds: list[int], temperature: float, top_p: float, limit: int) -> list[list[int]]:
    """For each seed, what follows the prompt; the last id is a stop unless the limit came first."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    rows = [list(prompt) for _ in seeds]
    for _ in range(min(limit, model.shape.context - len(prompt))):
        open_rows = [index for index, row in enumerate(rows) if len(row) == len(prompt) or row[-1] not in STOPS]
        if not open_rows:
            break
        logits = model(torch.tensor([rows[index] for index in open_rows]))[:, -1]
        for index, row in zip(open_rows, logits):
            rows[index].append(draw(row, temperature, top_p, generators[index]))
    return [row[len(prompt):] for row in rows]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("prompts", nargs="*", default=[""])
    arguments.add_argument("--model", required=True, help="the model's folder")
    arguments.add_argument("--chat", action="store_true", help="the prompt is a user's turn")
    arguments.add_argument("--seeds", default="1", help="one seed, or a range such as 1-10")
    arguments.add_argument("--temperature", type=float, default=0.8)
    arguments.add_argument("--top-p", type=float, default=1.0)
    arguments.add_argument("--limit", type=int, default=600, help="most tokens a story")
    options = arguments.parse_args()
    model, tokenizer = files.load(options.model), Tokenizer(f"{options.model}/tokenizer.json")
    first, last = (options.seeds.split("-") * 2)[:2]
    seeds = list(range(int(first), int(last) + 1))
    for prompt in options.prompts or [""]:
        text = f"<|bos|><|user|>{prompt}<|end|><|assistant|>" if options.chat else f"<|bos|>{prompt}"
        for seed, ids in zip(seeds, sample(model, tokenizer.encode(text), seeds, options.temperature, options.top_p, options.limit)):
            ended = "ended by itself" if ids and ids[-1] in STOPS else "CUT OFF"
            print(f"--- seed {seed}, {len(ids)} tokens, {ended}\n{'' if options.chat else prompt}{tokenizer.decode(ids)}\n")


if __name__ == "__main__":
    main()
