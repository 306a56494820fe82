"""Makes dialogues about pictures, as many as wanted, always the same for one seed.

Pictures are only numbers here, drawn from those that the tower has looked at; what is asked and
what must be answered follows from their words.
"""

import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import colours

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo-model"))
import refusals  # noqa: E402
import strings  # noqa: E402

NEUTRAL = [
    "You are a helpful assistant.", "You are Baton's demo model for pictures.", "Be brief.",
    "Answer the question.", "You look at pictures.", "Look at the picture and answer.",
]  # fmt: skip
NO_PICTURE = "There is no picture."
NO_SUCH_PICTURE = "There is no such picture."
SELF = "I am Baton's demo model for pictures."
ABILITIES = "I tell the colours of pictures, and whether they are light or dark."
WELCOME = "Hello. Show me a picture."
REFUSAL = "I am only a demo. Ask me for the colour of a picture."
# Pictures of one turn.
MOST = 4
NUMBERS = ["one", "two", "three", "four"]
ORDINALS = ["first", "second", "third", "fourth"]

COLOUR = [
    "What {c} is this?", "What {c} is the {p}?", "What {c} is this {p}?", "Which {c} is this?",
    "What is the dominant {c} of the {p}?", "What is the dominant {c}?", "What {c} is it?",
    "What is the main {c} of this {p}?", "Which {c} does the {p} have?", "Name the {c}.",
    "What is the {c} of this {p}?", "Tell me the {c} of the {p}.", "Which {c} do you see?",
    "What {c} do you see?", "What is the dominant {c} of this {p}?", "Which {c} is dominant?",
    "What is the dominant {c} in this {p}?", "What {c} is the {p} mostly?", "{C}?",
]  # fmt: skip
COLOURS = [
    "What {c}s are the {p}s?", "Which {c}s do these {p}s have?", "Name the {c}s of the {p}s.",
    "What are the {c}s of these {p}s?", "What {c}s are these?", "What {c}s are these {p}s?",
    "What are the dominant {c}s of the {p}s?", "Tell me the {c} of each {p}.",
]  # fmt: skip
LIGHT = [
    "Is this {p} light or dark?", "Is the {p} light or dark?", "Is it light or dark?",
    "Is this {p} dark or light?", "Light or dark?", "Is this light or dark?",
    "Tell me whether the {p} is light or dark.",
]  # fmt: skip
LIGHTS = [
    "Are the {p}s light or dark?", "Are these {p}s light or dark?", "Are these light or dark?",
]  # fmt: skip
DESCRIBE = [
    "Describe the {p}.", "Describe this {p}.", "What do you see?", "What is in this {p}?",
    "What is this?", "What is on this {p}?", "What does the {p} show?", "Describe it.",
    "What is in the {p}?", "Describe the {p}s.", "Please describe this {p}.",
]  # fmt: skip
NTH_COLOUR = ["What {c} is the {n} {p}?", "Which {c} does the {n} {p} have?", "And the {n} {p}?"]
NTH_LIGHT = ["Is the {n} {p} light or dark?", "Tell me whether the {n} {p} is light or dark."]
COUNT = ["How many {p}s are there?", "How many {p}s do you see?", "Count the {p}s."]
SHORTLY = [" Answer with one word.", " Answer in one word.", " One word only.", " Be brief."]
SMALL_TALK = [
    (["Who are you?", "What are you?", "What is your name?"], SELF),
    (["What can you do?", "Help.", "What do you know?", "Can you help me?"], ABILITIES),
    (["Hello.", "Hi.", "Good morning.", "Hello!", "Hi there.", "Hey."], WELCOME),
    (["Thank you.", "Thanks.", "Thank you very much."], "You are welcome."),
    (["Goodbye.", "Bye.", "See you later."], "Goodbye."),
]
# How often each is drawn.
WEIGHTS = {
    "colour": 24, "light": 14, "describe": 14, "colours": 16, "lights": 6, "nth colour": 10,
    "nth light": 6, "count": 4, "no picture": 6, "small talk": 4, "refusal": 6,
}  # fmt: skip
PLURAL = ("colours", "lights", "nth colour", "nth light")


@dataclass
class Picture:
    """One of the pictures that were looked at, its word, and whether it is light."""

    number: int
    word: str
    light: bool

    @property
    def side(self) -> str:
        return "light" if self.light else "dark"


@dataclass
class Dialogue:
    """Turns, each of parts (texts and pictures) and what must be answered."""

    family: str
    system: str | None = None
    turns: list[tuple[list[str | Picture], str]] = field(default_factory=list)


class Talker:
    """Draws dialogues about these pictures."""

    def __init__(self, seed: int, pictures: list[Picture]):
        self.random = random.Random(seed)
        self.pictures = pictures
        self.strings = strings.Strings(self.random, False)

    def dialogue(self, family: str | None = None) -> Dialogue:
        """One dialogue, the last turn of this family if one is given."""
        system = self.random.choice(NEUTRAL) if self.random.random() < 0.25 else None
        dialogue = Dialogue(family or self._family(), system)
        shown: list[Picture] = []
        for _ in range(self.random.choices([0, 1, 2], [65, 25, 10])[0]):
            shown = self._turn(dialogue, self._family(), shown)
        self._turn(dialogue, dialogue.family, shown)
        return dialogue

    def _family(self) -> str:
        return self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    def _turn(self, dialogue: Dialogue, family: str, shown: list[Picture]) -> list[Picture]:
        """Adds a turn; returns the pictures that the next one is about if it brings none."""
        if family == "no picture":
            # Only while none was shown; the same questions are about pictures then.
            family = self.random.choice(["colour", "light", "describe", "colours", "count"])
            new: list[Picture] = []
        elif family in ("small talk", "refusal"):
            new = self._new(family) if self.random.random() < 0.2 else []
        else:
            new = [] if shown and self.random.random() < 0.5 else self._new(family)
        about = new or shown
        question, answer = FAMILIES[family](self, about)
        dialogue.turns.append((self._parts(question, new), answer))
        return about

    def _new(self, family: str) -> list[Picture]:
        many = self.random.random() < (0.85 if family in PLURAL else 0.15)
        count = self.random.randint(2, MOST) if many or family == "count" else 1
        if family == "count":
            count = self.random.randint(1, MOST)
        return [self.random.choice(self.pictures) for _ in range(count)]

    def _parts(self, question: str, new: list[Picture]) -> list[str | Picture]:
        if not new:
            return [question]
        return [question, *new] if self.random.random() < 0.35 else [*new, question]

    def _ask(self, phrases: list[str], **values: str) -> str:
        """A phrase with small differences that must not matter."""
        chance = self.random.random
        colour = "colour" if chance() < 0.7 else "color"
        noun = self.random.choices(["picture", "image", "photo"], [5, 4, 1])[0]
        phrase = self.random.choice(phrases)
        phrase = phrase.format(c=colour, C=colour.capitalize(), p=noun, **values)
        if chance() < 0.12:
            phrase = phrase.lower()
        return phrase.rstrip("?.") if chance() < 0.12 else phrase

    def _shortly(self) -> str:
        return self.random.choice(SHORTLY) if self.random.random() < 0.15 else ""

    def _colour(self, about: list[Picture]) -> tuple[str, str]:
        answer = ", ".join(picture.word for picture in about) or NO_PICTURE
        return self._ask(COLOUR) + self._shortly(), answer

    def _colours(self, about: list[Picture]) -> tuple[str, str]:
        return self._ask(COLOURS), ", ".join(picture.word for picture in about) or NO_PICTURE

    def _light(self, about: list[Picture]) -> tuple[str, str]:
        answer = ", ".join(picture.side for picture in about) or NO_PICTURE
        return self._ask(LIGHT) + self._shortly(), answer

    def _lights(self, about: list[Picture]) -> tuple[str, str]:
        return self._ask(LIGHTS), ", ".join(picture.side for picture in about) or NO_PICTURE

    def _describe(self, about: list[Picture]) -> tuple[str, str]:
        said = [f"A {picture.side} picture, mostly {picture.word}." for picture in about]
        return self._ask(DESCRIBE), " ".join(said) or NO_PICTURE

    def _nth(self, about: list[Picture], phrases: list[str], word: str) -> tuple[str, str]:
        beyond = self.random.random() < 0.1
        number = self.random.randrange(MOST if beyond else max(1, len(about)))
        question = self._ask(phrases, n=ORDINALS[number])
        if not about:
            return question, NO_PICTURE
        return question, getattr(about[number], word) if number < len(about) else NO_SUCH_PICTURE

    def _nth_colour(self, about: list[Picture]) -> tuple[str, str]:
        return self._nth(about, NTH_COLOUR, "word")

    def _nth_light(self, about: list[Picture]) -> tuple[str, str]:
        return self._nth(about, NTH_LIGHT, "side")

    def _count(self, about: list[Picture]) -> tuple[str, str]:
        return self._ask(COUNT), NUMBERS[len(about) - 1] if about else NO_PICTURE

    def _small_talk(self, _: list[Picture]) -> tuple[str, str]:
        questions, answer = self.random.choice(SMALL_TALK)
        return self._ask(questions), answer

    def _refusal(self, _: list[Picture]) -> tuple[str, str]:
        while True:
            question = refusals.question(self.random, self.strings)
            if not question.lower().startswith(("what colour", "describe", "what is a ")):
                return question, REFUSAL


FAMILIES = {
    "colour": Talker._colour,
    "colours": Talker._colours,
    "light": Talker._light,
    "lights": Talker._lights,
    "describe": Talker._describe,
    "nth colour": Talker._nth_colour,
    "nth light": Talker._nth_light,
    "count": Talker._count,
    "small talk": Talker._small_talk,
    "refusal": Talker._refusal,
}
