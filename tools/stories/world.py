"""The small world the stories live in: beings, things, places, and the grammar each of them carries.

Knows nothing of plots. Every slot a template can ask for (``he``, ``his``, ``a``, ``at`` ...) is answered
here, so agreement is decided once and no plot can get it wrong.
"""

from dataclasses import dataclass, field

BOYS = """Tom Ben Max Sam Leo Jack Tim Finn Noah Oliver Peter Luke Theo Oscar Jamie Hugo Felix Henry Charlie Daniel Adam
Milo Eli Toby Ravi Omar Kai Mateo Diego Yusuf Anton Emil Marco Kofi Hiro Ivan Nico Arthur George Walter Billy Jonas""".split()
GIRLS = """Lily Anna Mia Emma Sara Rose Ella Lucy Nora Zoe Ava Ruby Molly Clara Alice Ivy Grace Maya Hana Lena Amy Eva
Sophie Daisy Stella Amira Priya Mei Leila Elsa Frida Olga Rosa Nina Tara Yuki Ines Vera Julia Penny Bella Hazel Kate""".split()
PET_BOYS = """Pip Bruno Rusty Dusty Oz Benny Fuzz Bramble Barnaby Rufus Ziggy Hopper Pepper Bo Gus Otto Monty Rocky Chip
Scout Wally Teddy Nibbles Patch Bolt Scruffy Humphrey Basil Jasper Fergus Tumble Sprout Moss Banjo Waffles Biscuit""".split()
PET_GIRLS = """Willow Honey Luna Coco Poppy Tilly Fern Pearl Dot Bella Nutmeg Juniper Maple Clover Mimi Pippa Dora Olive
Plum Bonnie Cleo Minnie Ginger Birdie Tansy Velvet Misty Flora Greta Winnie Kiki Marigold Sunny Peaches Snowdrop""".split()
SYLLABLES = "ba bi bo da di do fa fi ka ki ko la li lo lu ma mi mo mu na ni no pa pi po ra ri ro sa so ta ti to tu va vi za zi zu".split()


def article(words: str) -> str:
    """``a`` or ``an`` in front of words."""
    return ("an " if words[0].lower() in "aeiou" and not words.startswith(("uni", "one")) else "a ") + words


PRONOUNS = {
    "m": dict(he="he", him="him", his="his", own="his", self="himself"),
    "f": dict(he="she", him="her", his="her", own="hers", self="herself"),
}


@dataclass
class Being:
    """Someone who acts. Without a name it is called by ``label`` ("the owl", "his mother")."""
    kind: str
    sex: str
    name: str = ""
    label: str = ""
    adjective: str = ""
    human: bool = False
    limb: str = "hand"
    home: str = "in a little house"

    def slot(self, key: str) -> str:
        low = key.lower()
        noun = f"{self.adjective} {self.kind}".strip()
        answers = {
            "": self.name or self.label,
            "kind": self.kind, "little": noun, "a": article(noun), "the": "the " + self.kind,
            "full": self.name if self.human else f"{self.name} the {self.kind}",
            "limb": self.limb, "home": self.home, "child": self.kind if not self.human else ("boy" if self.sex == "m" else "girl"),
            **PRONOUNS[self.sex],
        }
        text = answers[low]
        return text[0].upper() + text[1:] if key[:1].isupper() else text


@dataclass
class Thing:
    """One countable object; always "it"."""
    noun: str
    adjectives: str = ""

    def slot(self, key: str) -> str:
        full = f"{self.adjectives} {self.noun}".strip()
        low = key.lower()
        text = {"": self.noun, "full": full, "a": article(full), "the": "the " + self.noun, "bare": article(self.noun)}[low]
        return text[0].upper() + text[1:] if key[:1].isupper() else text


@dataclass
class Place:
    noun: str
    at: str
    to: str = "to"
    spots: list[str] = field(default_factory=list)

    def slot(self, key: str) -> str:
        low = key.lower()
        text = {"": self.noun, "the": "the " + self.noun, "at": f"{self.at} the {self.noun}",
                "to": f"{self.to} the {self.noun}", "a": article(self.noun)}[low]
        return text[0].upper() + text[1:] if key[:1].isupper() else text


WOODS = ["under a bush", "behind a tree", "behind a big rock", "in the tall grass", "in a hollow log", "among the ferns", "under a pile of leaves"]
WATER = ["between two stones", "under an old boat", "behind a big rock", "among the reeds", "in the wet sand", "under a willow tree"]
TOWN = ["under a bench", "behind the fountain", "next to the lamp post", "behind the old wall", "in front of the bakery", "under a cart",
    "by the gate"]
FARM = ["in the hay", "behind the barn", "under the fence", "next to the well", "in the cart", "behind the milk cans", "by the gate"]

PLACES = [
    Place("forest", "in", "into", WOODS), Place("woods", "in", "into", WOODS), Place("river", "by", "to", WATER),
    Place("lake", "by", "to", WATER), Place("pond", "by", "to", WATER), Place("beach", "on", "to", WATER),
    Place("park", "in", "to", TOWN), Place("hill", "on", "up", WOODS), Place("meadow", "in", "to", WOODS),
    Place("garden", "in", "into", WOODS), Place("farm", "on", "to", FARM), Place("market", "at", "to", TOWN),
    Place("village", "in", "to", TOWN), Place("orchard", "in", "to", WOODS), Place("field", "in", "to", FARM),
    Place("old mill", "by", "to", FARM), Place("harbor", "at", "to", TOWN), Place("stream", "by", "to", WATER),
    Place("town square", "in", "to", TOWN), Place("valley", "in", "into", WOODS), Place("playground", "at", "to", TOWN),
    Place("stone bridge", "by", "to", WATER), Place("waterfall", "by", "to", WATER), Place("bay", "by", "to", WATER),
]
WILD = [place for place in PLACES if place.spots in (WOODS, WATER)]
SHORE = [place for place in PLACES if place.spots is WATER]

# kind: (limb, homes)
DENS = ["in a cozy den under a hill", "in a warm den at the edge of the forest", "in a snug hole under an old oak tree",
    "in a small house between two hills"]
NESTS = ["in a round nest at the top of a tall tree", "in an old oak tree", "in a hollow tree by the river"]
WATERS = ["in a little house by the pond", "beside a quiet stream", "near a lake with clear blue water", "under a leaf by the pond"]
BARNS = ["in a red barn on a farm", "on a small farm", "in a stable at the foot of a hill", "on a farm near the village"]
CAVES = ["in a cave high up in the mountains", "in a cave behind a waterfall", "in an old tower on a hill"]
COTTAGES = ["in a little house at the edge of the village", "in a small house by the sea", "in a town by the river",
            "in a cozy cottage near the forest", "in a tall house on a busy street", "in a village between two mountains", "on a little farm"]
ANIMALS = {
    "fox": ("paw", DENS), "rabbit": ("paw", DENS), "mouse": ("paw", DENS), "bear": ("paw", DENS), "squirrel": ("paw", NESTS),
    "hedgehog": ("paw", DENS), "badger": ("paw", DENS), "mole": ("paw", DENS), "cat": ("paw", COTTAGES[:4]), "puppy": ("paw", COTTAGES[:4]),
    "kitten": ("paw", BARNS), "dog": ("paw", BARNS), "beaver": ("paw", WATERS), "otter": ("paw", WATERS), "raccoon": ("paw", DENS),
    "lion": ("paw", DENS), "tiger": ("paw", DENS), "monkey": ("hand", NESTS), "owl": ("wing", NESTS), "duck": ("wing", WATERS),
    "sparrow": ("wing", NESTS), "crow": ("wing", NESTS), "penguin": ("wing", ["on a cold white shore", "on an island of ice"]),
    "hen": ("wing", BARNS), "goose": ("wing", WATERS), "frog": ("foot", WATERS), "turtle": ("foot", WATERS), "pig": ("foot", BARNS),
    "lamb": ("hoof", BARNS), "goat": ("hoof", BARNS), "pony": ("hoof", BARNS), "deer": ("hoof", DENS[1:2]), "donkey": ("hoof", BARNS),
    "elephant": ("foot", DENS[3:]), "panda": ("paw", DENS),
}
FANTASTIC = {"dragon": ("claw", CAVES), "robot": ("hand", COTTAGES[:4]), "giant": ("hand", CAVES[:1] + CAVES[2:]),
    "troll": ("hand", ["under a stone bridge"]),
             "fairy": ("hand", ["inside a bluebell", "in a garden full of roses"]), "elf": ("hand", NESTS[1:2] + DENS[2:3]),
             "wizard": ("hand", CAVES[2:])}
YOUNG = ["little", "small", "young", "little", "tiny", "brave", "shy", "cheerful", "curious", "kind", "clever", "quiet", "lively", "gentle",
    "playful", "friendly"]
COLORS = ["red", "blue", "green", "yellow", "orange", "purple", "white", "golden", "silver", "brown", "pink"]
SIZES = ["big", "little", "small", "shiny", "pretty", "old", "new", "soft", "bright", "lovely", "round", "striped"]

TOYS = "ball kite doll drum whistle wagon puppet hat scarf lantern book bell umbrella bucket blanket mitten ribbon necklace flute".split() + [
    "teddy bear", "toy boat", "toy train", "wooden horse", "paper plane", "music box", "spinning top", "toy car", "toy rabbit"]
TREASURES = "key shell feather button coin stone pearl ring mirror star bottle lamp pebble crystal crown".split()
TREATS = ["a basket of apples", "a bag of nuts", "a jar of honey", "a plate of cookies", "a basket of berries", "a big cherry pie",
    "a bag of sweets",
          "a loaf of warm bread", "a basket of carrots", "a box of cakes", "a bowl of cherries", "a piece of cheese", "a plate of pancakes",
          "a bag of plums"]
PETS = ["dog", "cat", "puppy", "kitten", "rabbit", "pony", "parrot", "hen", "goat", "lamb", "duck", "turtle"]
HELPERS = {"m": ["old man", "farmer", "baker", "fisherman", "shepherd", "gardener", "miller", "carpenter", "postman", "sailor"],
           "f": ["old woman", "farmer", "baker", "shopkeeper", "nurse", "gardener", "teacher", "librarian", "painter", "weaver"]}
WISE = ["owl", "turtle", "toad", "goose", "badger", "deer", "heron", "donkey", "crow", "bear"]
BABIES = {"duckling": "duck", "chick": "hen", "fawn": "deer", "bear cub": "bear", "kitten": "cat", "puppy": "dog", "foal": "horse",
    "fox cub": "fox", "owlet": "owl"}
SMALL = ["bird", "butterfly", "ladybug", "snail", "mouse", "bee", "beetle", "frog", "sparrow", "hedgehog", "squirrel"]


def coined_name(rng) -> str:
    """A name nobody has: keeps the model copying names rather than reciting a list."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 2, 3)))).capitalize()


class Cast:
    """Draws beings and things for one story; no two share a name or a kind."""

    def __init__(self, rng):
        self.rng, self.taken = rng, set()

    def fresh(self, pool):
        choices = [item for item in pool if item not in self.taken]
        item = self.rng.choice(choices)
        self.taken.add(item)
        return item

    def child(self, sex: str = "") -> Being:
        sex = sex or self.rng.choice("mf")
        name = self.fresh(BOYS if sex == "m" else GIRLS) if self.rng.random() > 0.07 else coined_name(self.rng)
        return Being("boy" if sex == "m" else "girl", sex, name, adjective=self.rng.choice(YOUNG), human=True, home=self.rng.choice(COTTAGES))

    def animal(self, table=None) -> Being:
        table = table or ANIMALS
        kind = self.fresh(list(table))
        sex = self.rng.choice("mf") if kind != "hen" else "f"
        sex = {"lion": "m", "fairy": "f", "wizard": "m", "elf": sex}.get(kind, sex)
        roll = self.rng.random()
        name = coined_name(self.rng) if roll < 0.07 else self.fresh((PET_BOYS if sex == "m" else PET_GIRLS) if roll < 0.75
            else (BOYS if sex == "m" else GIRLS))
        limb, homes = table[kind]
        return Being(kind, sex, name, adjective=self.rng.choice(YOUNG), limb=limb, home=self.rng.choice(homes))

    def hero(self, children: float = 0.5) -> Being:
        roll = self.rng.random()
        if roll < children:
            return self.child()
        return self.animal(FANTASTIC if roll > 0.9 else ANIMALS)

    def like(self, other: Being) -> Being:
        """Someone of the hero's own sort: a child for a child, another animal for an animal."""
        return self.child() if other.human else self.animal()

    def helper(self, hero: Being) -> Being:
        """An unnamed elder who can give advice."""
        if hero.human or self.rng.random() < 0.2:
            sex = self.rng.choice("mf")
            kind = self.fresh(HELPERS[sex])
            return Being(kind, sex, label="the " + kind, adjective="" if "old" in kind
                else self.rng.choice(["kind", "friendly", "jolly", ""]), human=True)
        kind = self.fresh([kind for kind in WISE if kind != hero.kind])
        return Being(kind, self.rng.choice("mf"), label="the old " + kind, adjective="old")

    def elder(self, hero: Being) -> Being:
        """Family: a parent or grandparent, named by relation."""
        his = PRONOUNS[hero.sex]["his"]
        sex = self.rng.choice("mmff")
        role = self.rng.choice({"m": ["father", "grandfather", "father", "uncle"], "f": ["mother", "grandmother", "mother", "aunt"]}[sex])
        return Being(role, sex, label=f"{his} {role}", human=hero.human)

    def toy(self) -> Thing:
        noun = self.fresh(TOYS)
        return Thing(noun, self.adjectives(noun))

    def treasure(self) -> Thing:
        noun = self.fresh(TREASURES)
        return Thing(noun, self.adjectives(noun))

    def adjectives(self, noun: str) -> str:
        color, size = self.rng.choice(COLORS), self.rng.choice(SIZES)
        return self.rng.choice([color, color, size, f"{size} {color}"])
