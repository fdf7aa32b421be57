"""Writes the corpus: documents of plain stories and of conversations, the same for the same seed.

    python3 corpus.py --documents 5 --show          # read a few
    python3 corpus.py --documents 100000 --output corpus.jsonl

A document is a list of parts; a part is text, or a special token in ``<|...|>``. One JSON list a line.
"""

import argparse
import json
import random

import chat
import plots_heart
import plots_lost
import plots_making
import plots_wide
from story import Story

PLOTS = plots_lost.PLOTS + plots_heart.PLOTS + plots_making.PLOTS + plots_wide.PLOTS
BOS, EOS, SYSTEM, USER, ASSISTANT, END = "<|bos|>", "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
SHARES = {"story": 0.52, "beginning": 0.20, "request": 0.20, "talk": 0.08}


def story(rng, plot=None) -> Story:
    plot, theme = plot or rng.choice(PLOTS)
    told = Story(rng, theme)
    plot(told)
    return told


def turn(user: str, answer: str) -> list[str]:
    return [USER, user, END, ASSISTANT, answer, END]


def document(rng) -> list[str]:
    kind = rng.choices(list(SHARES), SHARES.values())[0]
    if kind == "story":
        return [BOS, story(rng).text(), EOS]
    parts = [BOS] + ([SYSTEM, rng.choice(chat.SYSTEMS), END] if rng.random() < 0.12 else [])
    told = story(rng)
    if kind == "beginning":
        parts += turn(chat.beginning(rng, told.text()), told.text())
    elif kind == "request":
        parts += turn(chat.request(rng, told), told.text())
    else:
        for _ in range(rng.choice((1, 1, 2, 3))):
            parts += turn(*chat.small_talk(rng))
        if rng.random() < 0.5:
            parts += turn(chat.request(rng, told), told.text())
    while kind != "talk" and rng.random() < 0.18:
        if rng.random() < 0.4:
            parts += turn(*chat.small_talk(rng))
        else:
            told = story(rng)
            ask = rng.choice(chat.AGAIN) if rng.random() < 0.4 else chat.request(rng, told)
            parts += turn(ask, told.text())
    return parts


def documents(seed: int, count: int):
    """Each document has its own generator, so that document n does not depend on how many are asked for."""
    for index in range(count):
        yield document(random.Random(f"{seed}/{index}"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--documents", type=int, default=10)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--output", help="a .jsonl file; without it, only --show")
    arguments.add_argument("--show", action="store_true", help="print the documents")
    arguments.add_argument("--plot", help="print stories of this plot alone")
    options = arguments.parse_args()
    if options.plot:
        plot = next(entry for entry in PLOTS if entry[0].__name__ == options.plot)
        for index in range(options.documents):
            print(story(random.Random(f"{options.seed}/{index}"), plot).text(), "\n\n----\n")
        return
    output = open(options.output, "w", encoding="utf-8") if options.output else None
    for parts in documents(options.seed, options.documents):
        if output:
            output.write(json.dumps(parts, ensure_ascii=False) + "\n")
        if options.show:
            print("".join(parts), "\n\n----\n")


if __name__ == "__main__":
    main()
