"""Byte-level BPE: trains it, writes Hugging Face's tokenizer.json, and encodes the corpus.

    python3 tokenizer.py --corpus corpus.jsonl --output ../../models/stories

Ids: the special tokens first, then the 256 bytes (as GPT-2's printable characters), then the merges in order.
"""

import argparse
import collections
import heapq
import json
import pathlib
import re

SPECIALS = ["<|bos|>", "<|endoftext|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
VOCABULARY = 2048
# Each digit by itself, then GPT-2's pattern: what the tokenizer.json states ("smollm" to llama.cpp), in the spelling that Python's re understands
# (the corpus is ASCII, so both agree on it).
PATTERN = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+|\d| ?(?:[^\s\w]|_)+|\s+(?=\d)|\s+(?!\S)|\s+")


def byte_characters() -> list[str]:
    """GPT-2's reversible map: byte -> printable character."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    shifted = iter(range(256, 512))
    return [chr(byte if byte in printable else next(shifted)) for byte in range(256)]


BYTES = byte_characters()


def visible(word: str) -> tuple[str, ...]:
    return tuple(BYTES[byte] for byte in word.encode("utf-8"))


def train(words: collections.Counter, merge_count: int) -> list[tuple[str, str]]:
    """The most frequent pair first; ties go to the pair that sorts first, so the result is one and the same."""
    pieces = [list(visible(word)) for word in words]
    counts = list(words.values())
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for index, word in enumerate(pieces):
        for pair in zip(word, word[1:]):
            pairs[pair] += counts[index]
            where[pair].add(index)
    queue = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(queue)
    merges = []
    while len(merges) < merge_count and queue:
        count, best = heapq.heappop(queue)
        if -count != pairs[best] or count == 0:
            continue                                     # a stale entry: the pair's count has changed since
        merges.append(best)
        changed = set()
        for index in where.pop(best):
            word, merged, position = pieces[index], [], 0
            for pair in zip(word, word[1:]):
                pairs[pair] -= counts[index]
                changed.add(pair)
            while position < len(word):
                if tuple(word[position:position + 2]) == best:
                    merged.append(best[0] + best[1])
                    position += 2
                else:
                    merged.append(word[position])
                    position += 1
            pieces[index] = merged
            for pair in zip(merged, merged[1:]):
                pairs[pair] += counts[index]
                where[pair].add(index)
                changed.add(pair)
        for pair in changed:
            if pairs[pair] > 0 and pair != best:
                heapq.heappush(queue, (-pairs[pair], pair))
    return merges


class Tokenizer:
    """Encodes and decodes with the tokenizer.json that this file writes."""

    def __init__(self, path):
        data = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        self.ids = {**data["model"]["vocab"], **{token["content"]: token["id"] for token in data["added_tokens"]}}
        self.tokens = {id: token for token, id in self.ids.items()}
        self.ranks = {tuple(merge.split(" ")): rank for rank, merge in enumerate(data["model"]["merges"])}
        self.special = re.compile("(" + "|".join(re.escape(token) for token in SPECIALS) + ")")
        self.cache: dict[str, list[int]] = {}

    def word(self, text: str) -> list[int]:
        if text not in self.cache:
            pieces = list(visible(text))
            while len(pieces) > 1:
                rank, at = min((self.ranks.get(pair, len(self.ranks)), index) for index, pair in enumerate(zip(pieces, pieces[1:])))
                if rank == len(self.ranks):
                    break
                pieces[at:at + 2] = [pieces[at] + pieces[at + 1]]
            self.cache[text] = [self.ids[piece] for piece in pieces]
        return self.cache[text]

    def encode(self, text: str) -> list[int]:
        """Special tokens in the text count as such; nothing is added in front."""
        ids = []
        for part in self.special.split(text):
            if part in SPECIALS:
                ids.append(self.ids[part])
            else:
                for word in PATTERN.findall(part):
                    ids += self.word(word)
        return ids

    def decode(self, ids) -> str:
        back = {character: byte for byte, character in enumerate(BYTES)}
        text = "".join(self.tokens[id] for id in ids if self.tokens[id] not in SPECIALS)
        return bytes(back[character] for character in text).decode("utf-8", "replace")


def hugging_face(merges: list[tuple[str, str]]) -> dict:
    vocabulary = [*SPECIALS, *BYTES, *("".join(merge) for merge in merges)]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bos = {"SpecialToken": {"id": SPECIALS[0], "type_id": 0}}
    first, second = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": id, "content": token, **flags} for id, token in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}]},
        "post_processor": {"type": "TemplateProcessing", "single": [bos, first], "pair": [bos, first, second],
                           "special_tokens": {SPECIALS[0]: {"id": SPECIALS[0], "ids": [0], "tokens": [SPECIALS[0]]}}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {token: id for id, token in enumerate(vocabulary)}, "merges": [" ".join(merge) for merge in merges]},
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--corpus", required=True)
    arguments.add_argument("--documents", type=int, default=20000, help="how many of the corpus' documents to count")
    arguments.add_argument("--output", required=True, help="the model's folder")
    options = arguments.parse_args()
    words = collections.Counter()
    with open(options.corpus, encoding="utf-8") as lines:
        for _, line in zip(range(options.documents), lines):
            for part in json.loads(line):
                if part not in SPECIALS:
                    words.update(PATTERN.findall(part))
    merges = train(words, VOCABULARY - len(SPECIALS) - 256)
    path = pathlib.Path(options.output, "tokenizer.json")
    path.write_text(json.dumps(hugging_face(merges), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tokenizer = Tokenizer(path)
    total = sum(len(tokenizer.word(word)) * count for word, count in words.items())
    characters = sum(len(word) * count for word, count in words.items())
    print(f"{len(SPECIALS) + 256 + len(merges)} tokens, {len(words)} distinct words, {characters / total:.2f} characters a token")


if __name__ == "__main__":
    main()
