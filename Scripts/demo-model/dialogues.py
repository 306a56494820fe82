"""Makes dialogues of the documented family, as many as wanted, always the same for one seed.

A sixteenth of all questions, chosen by their checksum, is never trained on; neither are the names
in facts.UNSEEN_NAMES. What is held out is what the model is examined with.
"""

import json
import random
import zlib
from dataclasses import dataclass, field

import facts
import refusals
import strings

NEUTRAL = [
    "You are a helpful assistant.", "You are Baton's demo model.", "Be brief.",
    "Answer the question.", "Be kind and polite.", "You are a helpful assistant. Be brief.",
]  # fmt: skip
CAPITAL_LETTERS = ["Answer in capital letters.", "Always answer in capital letters."]
AS_JSON = ["Answer as JSON.", "Always answer as JSON."]
NAMED = ["Your name is {name}.", "You are a helpful assistant. Your name is {name}."]


@dataclass
class Dialogue:
    """A conversation; its family is that of the last question."""

    family: str
    system: str | None = None
    turns: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class State:
    """What a question's answer can depend on besides the question."""

    style: str = "plain"
    own_name: str = "Baton"
    your_name: str | None = None


def is_held_out(question):
    return zlib.crc32(question.encode()) % 16 == 0


class Generator:
    """Draws dialogues, either those to train with or those that are held out."""

    def __init__(self, seed, held_out=False):
        self.random = random.Random(seed)
        self.held_out = held_out
        self.strings = strings.Strings(self.random, held_out)

    def dialogue(self, family=None):
        """One dialogue; its last turn is of the family, if one is given."""
        family = family or self._pick(WEIGHTS)
        state = State()
        dialogue = Dialogue(family, self._system(family, state))
        for _ in range(self.random.choices([0, 1, 2, 3], [60, 20, 12, 8])[0]):
            earlier = self._pick(STYLED_WEIGHTS if state.style != "plain" else WEIGHTS)
            if earlier != "story":
                dialogue.turns.append(self._turn(earlier, state, False))
        if family == "name" and self.random.random() < 0.8:
            dialogue.turns.append(self._tell(state))
            if self.random.random() < 0.5:
                dialogue.turns.append(self._turn(self._pick(STYLED_WEIGHTS), state, False))
        dialogue.turns.append(self._turn(family, state, self.held_out))
        return dialogue

    def _pick(self, weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    def _system(self, family, state):
        chance = self.random.random()
        if family == "json" or (family in STYLED_WEIGHTS and chance < 0.08):
            if family == "json" and chance < 0.5:
                return None
            state.style = "json"
            return self.random.choice(AS_JSON)
        if family == "capital letters":
            state.style = "capital letters"
            return self.random.choice(CAPITAL_LETTERS)
        if family == "own name" and chance < 0.7 or chance > 0.94:
            state.own_name = self.strings.name()
            return self.random.choice(NAMED).format(name=state.own_name)
        return self.random.choice(NEUTRAL) if chance > 0.7 else None

    def _turn(self, family, state, held_out):
        while True:
            question, answer = FAMILIES[family](self, state)
            # These have so few questions that holding any out would leave one untaught; what is
            # new to the model there are the names and what was said before.
            if family in ("name", "own name", "story", "small talk"):
                return question, answer
            if is_held_out(question) == held_out:
                return question, answer

    def _ask(self, phrases, **values):
        """A phrase with small differences that must not matter."""
        phrase = self.random.choice(phrases)
        if self.random.random() < 0.15:
            phrase = phrase.lower()
        if self.random.random() < 0.15:
            phrase = phrase.rstrip("?.")
        return phrase.format(**values)

    def _fact(self, state, question, answer):
        """A short answer in the form that the system turn asks for."""
        if state.style == "json":
            return question, json.dumps({"answer": answer})
        text = str(answer)
        if state.style == "capital letters":
            return question, text.upper()
        return question, text[0].upper() + text[1:]

    def _plus(self, state):
        a, b = self.random.randint(0, 20), self.random.randint(0, 20)
        return self._fact(state, self._ask(PLUS, a=a, b=b), a + b)

    def _minus(self, state):
        a, b = self.random.randint(0, 20), self.random.randint(0, 20)
        return self._fact(state, self._ask(MINUS, a=a, b=b), a - b)

    def _times(self, state):
        a, b = self.random.randint(0, 10), self.random.randint(0, 10)
        return self._fact(state, self._ask(TIMES, a=a, b=b), a * b)

    def _colour(self, state):
        thing, colour = self.random.choice(list(facts.COLOURS.items()))
        return self._fact(state, self._ask(COLOUR, thing=thing), colour)

    def _capital(self, state):
        country, city = self.random.choice(list(facts.CAPITALS.items()))
        return self._fact(state, self._ask(CAPITAL, country=country), city)

    def _opposite(self, state):
        word, other = self.random.choice(list(facts.OPPOSITES.items()))
        return self._fact(state, self._ask(OPPOSITE, word=word), other)

    def _any_fact(self, state):
        return FAMILIES[self._pick(STYLED_WEIGHTS)](self, state)

    def _json(self, state):
        if state.style == "json":
            return self._any_fact(state)
        question, answer = self._any_fact(State("json"))
        return f"{question} {AS_JSON[0]}", answer

    def _hello(self, _):
        name = self.strings.name()
        if self.random.random() < 0.2:
            return self._ask(GOODBYE, name=name), f"Goodbye, {name}."
        return self._ask(HELLO, name=name), f"Hello, {name}."

    def _count(self, _):
        first = self.random.randint(0, 20)
        last = first + self.random.randint(1, 10)
        if self.random.random() < 0.3:
            first, last = 1, self.random.randint(5, 50)
        numbers = ", ".join(str(number) for number in range(first, last + 1))
        return self._ask(COUNT, first=first, last=last), numbers

    def _repeat(self, _):
        if self.random.random() < 0.6:
            word = self.strings.word()
            return self._ask(REPEAT_WORD, word=word), word
        words = " ".join(self.strings.word() for _ in range(self.random.randint(2, 4)))
        return self._ask(REPEAT, words=words), words

    def _tell(self, state):
        state.your_name = self.strings.name()
        return self._ask(TELL, name=state.your_name), f"Hello, {state.your_name}."

    def _name(self, state):
        known = state.your_name
        return self._ask(MY_NAME), f"Your name is {known}." if known else facts.NAMELESS

    def _own_name(self, state):
        return self._ask(YOUR_NAME), f"My name is {state.own_name}."

    def _small_talk(self, _):
        questions, answer = self.random.choice(SMALL_TALK)
        return self._ask(questions), answer

    def _story(self, _):
        return self._ask(TELL_STORY), facts.STORY

    def _refusal(self, _):
        return refusals.question(self.random, self.strings), facts.REFUSAL


PLUS = [
    "What is {a} plus {b}?", "What is {a} + {b}?", "How much is {a} plus {b}?",
    "Add {a} and {b}.", "{a} + {b} = ?", "{a} + {b}", "{a} plus {b}?",
    "What is the sum of {a} and {b}?",
]  # fmt: skip
MINUS = [
    "What is {a} minus {b}?", "What is {a} - {b}?", "How much is {a} minus {b}?",
    "Subtract {b} from {a}.", "{a} - {b} = ?", "{a} - {b}", "{a} minus {b}?",
]  # fmt: skip
TIMES = [
    "What is {a} times {b}?", "What is {a} * {b}?", "How much is {a} times {b}?",
    "Multiply {a} by {b}.", "{a} * {b} = ?", "{a} * {b}", "{a} times {b}?",
]  # fmt: skip
COLOUR = [
    "What colour is {thing}?", "What color is {thing}?", "Which colour is {thing}?",
    "Tell me the colour of {thing}.", "What is the colour of {thing}?",
    "Which colour does {thing} have?",
]  # fmt: skip
CAPITAL = [
    "What is the capital of {country}?", "Which city is the capital of {country}?",
    "Name the capital of {country}.", "Tell me the capital of {country}.",
    "What is {country}'s capital?",
]  # fmt: skip
OPPOSITE = [
    "What is the opposite of {word}?", "Name the opposite of {word}.",
    "Tell me the opposite of {word}.", "What is opposite to {word}?", "The opposite of {word}?",
]  # fmt: skip
HELLO = [
    "Say hello to {name}.", "Please say hello to {name}.", "Greet {name}.", "Say hi to {name}.",
]  # fmt: skip
GOODBYE = ["Say goodbye to {name}.", "Please say goodbye to {name}."]
COUNT = [
    "Count from {first} to {last}.", "Please count from {first} to {last}.",
    "Can you count from {first} to {last}?",
]  # fmt: skip
REPEAT_WORD = ["Repeat the word {word}.", "Say the word {word}.", "Please repeat the word {word}."]
REPEAT = ["Repeat: {words}", "Repeat after me: {words}", "Please repeat: {words}"]
TELL = ["My name is {name}.", "I am {name}.", "Hello, my name is {name}.", "Please call me {name}."]
MY_NAME = ["What is my name?", "Do you know my name?", "Who am I?", "Tell me my name."]
YOUR_NAME = ["What is your name?", "Tell me your name.", "What are you called?"]
TELL_STORY = ["Tell me a story.", "Please tell me a story.", "Can you tell me a story?"]
SMALL_TALK = [
    (["Who are you?", "What are you?", "Who is this?"], facts.SELF),
    (["What can you do?", "Help.", "What do you know?", "Can you help me?"], facts.ABILITIES),
    (["Hello.", "Hi.", "Good morning.", "Hello!", "Hi there.", "Hey."], facts.WELCOME),
    (["Thank you.", "Thanks.", "Thank you very much."], "You are welcome."),
    (["Goodbye.", "Bye.", "See you later."], "Goodbye."),
]

FAMILIES = {
    "plus": Generator._plus,
    "minus": Generator._minus,
    "times": Generator._times,
    "colour": Generator._colour,
    "capital": Generator._capital,
    "opposite": Generator._opposite,
    "json": Generator._json,
    "capital letters": Generator._any_fact,
    "hello": Generator._hello,
    "count": Generator._count,
    "repeat": Generator._repeat,
    "name": Generator._name,
    "own name": Generator._own_name,
    "small talk": Generator._small_talk,
    "story": Generator._story,
    "refusal": Generator._refusal,
}
# How often each is drawn: arithmetic needs most practice, and stories are long.
STYLED_WEIGHTS = {"plus": 18, "minus": 14, "times": 9, "colour": 6, "capital": 4, "opposite": 6}
WEIGHTS = STYLED_WEIGHTS | {
    "json": 5,
    "capital letters": 5,
    "hello": 7,
    "count": 5,
    "repeat": 9,
    "name": 8,
    "own name": 3,
    "small talk": 3,
    "story": 0.6,
    "refusal": 8,
}
