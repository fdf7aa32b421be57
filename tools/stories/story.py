"""One story being told: the template language, the shared phrase banks, the openings and the endings.

A template is plain text with three marks:
  {one|two|three}   one of the choices, nested as deep as you like; an empty choice is allowed
  $A  $A.he  $toy.a a slot of someone or something in this story (see world.py for the slots)
  @happy:A          a sentence from the bank of that name, told about A
"""

import re

from banks import BANKS, OPENINGS, SCENES
from world import Cast, PLACES, PETS, Being

CHOICE = re.compile(r"\{([^{}]*)\}")
BANK = re.compile(r"@([a-z]+):(\w+)")
SLOT = re.compile(r"\$(\w+)(?:\.([A-Za-z]+))?")
SENTENCE = re.compile(r"(^\"?|[.!?] \"?)([a-z])")
ARTICLE = re.compile(r"\ba (?=[aeio](?!ne\b))")
AFTER_QUOTE = re.compile(r"([.!?]\" )(the|his|her)\b")       # a tag is "said the owl", so a label here begins a sentence


class Story:
    def __init__(self, rng, theme: str = ""):
        self.rng, self.cast, self.theme = rng, Cast(rng), theme
        self.slots, self.paragraphs = {}, []
        self.pet = None

    def __setitem__(self, key, value):
        self.slots[key] = value

    def __getitem__(self, key):
        return self.slots[key]

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def fill(self, text: str) -> str:
        """Expands choices, then banks (which may hold choices again), then slots."""
        while True:
            while match := CHOICE.search(text):
                text = text[:match.start()] + self.rng.choice(match[1].split("|")) + text[match.end():]
            match = BANK.search(text)
            if not match:
                break
            line = self.rng.choice(BANKS[match[1]]).replace("$X", "$" + match[2])
            text = text[:match.start()] + line + text[match.end():]
        text = SLOT.sub(lambda m: self.slot(m[1], m[2] or ""), text)
        text = re.sub(r" +", " ", text).replace(" .", ".").replace(" ,", ",").strip()
        text = ARTICLE.sub("an ", text)
        for pattern in (SENTENCE, AFTER_QUOTE):
            text = pattern.sub(lambda m: m[1] + m[2][0].upper() + m[2][1:], text)
        return text

    def vary(self, text: str) -> str:
        """A second sentence in a row that begins with the same name mostly gets the pronoun, where nobody else could be meant."""
        beings = {id(value): value for value in self.slots.values() if isinstance(value, Being)}.values()
        sentences, before = re.split(r"(?<=[.!?]) ", text), None
        for index, sentence in enumerate(sentences):
            if "\"" in sentence:
                before = None
                continue
            who = next((being for being in beings if being.name and re.match(being.name + r"\b(?! and)", sentence)), None)
            alone = not any(other.slot("") in sentence for other in beings if other is not who and other.slot(""))
            if who and who is before and self.chance(0.75):
                start = who.slot("His") if sentence.startswith(who.name + "'s") else who.slot("He")
                sentences[index] = start + sentence[len(who.name):].removeprefix("'s")
                who = None
            before = who if alone else None
        return " ".join(sentences).strip()

    def slot(self, name: str, key: str) -> str:
        value = self.slots[name]
        return value if isinstance(value, str) else value.slot(key)

    def tell(self, *sentences: str) -> None:
        """Adds one paragraph."""
        text = self.vary(self.fill(" ".join(sentences)))
        if text:
            self.paragraphs.append(text)

    def text(self) -> str:
        return "\n\n".join(self.paragraphs)

    # -- the frame around every plot -------------------------------------------------

    def begin(self, place=None, friend: bool = False, pet: float = 0.25, hook: str = "") -> None:
        """Opens with the hero A (and the friend B when friend): who, where, and the day that it happens.

        hook: a sentence the plot wants right after the introduction."""
        hero = self["A"]
        self["place"] = place or self.rng.choice(PLACES)
        moods = ["intro", "intro", "habit", "scene", "scene"]
        if friend:
            moods = ["friends", "friends", "pairscene"]
        elif hero.human and self.chance(pet):
            kind = self.cast.fresh(PETS)
            self.pet = self["C"] = Being(kind, "m", label="the " + kind)
            moods = ["petscene", "pethabit"]
        mood = self.rng.choice(moods)
        opening = self.rng.choice(OPENINGS[mood])
        scene = "" if "scene" in mood else self.rng.choice(SCENES["pet" if self.pet else "pair" if friend else "one"])
        if hook and self.chance(0.15):
            self.tell(opening, scene)
            self.tell(hook)
        else:
            self.tell(opening, scene, hook)

    def pet_line(self, share: float = 0.6) -> str:
        """Something the pet does, when there is one: keeps it in the story."""
        return "@pet:C" if self.pet and self.chance(share) else ""

    def finish(self, *sentences: str, moral: str = "") -> None:
        """The last paragraph: the plot's own closing, the pet, perhaps a moral, and a closing line."""
        closing = list(sentences)
        if self.pet:
            closing.append(self.pick("", "@petjoy:C"))
        if moral and self.chance(0.7):
            closing.append(moral)
        elif self.chance(0.7):
            closing.append(self.pick("@goodnight:A", "@close:A", "@close:A"))
        if self.chance(0.06):
            closing.append("The end.")
        self.tell(*closing)
