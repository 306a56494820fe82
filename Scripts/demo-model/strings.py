"""Names and words that are met nowhere else, so that copying them is what is learned."""

import facts

ONSETS = "b c d f g h j k l m n p r s t v w z br ch dr fl gr kr pl sh st th tr".split()
VOWELS = "a e i o u a e i o ai ea io ou".split()
CODAS = ["", "", "", "l", "m", "n", "r", "s", "t", "x", "nd", "rt", "ck"]

# Ranges of letters outside ASCII, each of them two to four bytes of UTF-8.
ALPHABETS = [
    (0xE0, 0xF6), (0x101, 0x17E), (0x3B1, 0x3C9), (0x430, 0x44F), (0x5D0, 0x5EA),
    (0x3042, 0x3093), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F600, 0x1F64F),
]  # fmt: skip


class Strings:
    """Draws names and words; UNSEEN_NAMES only where questions are held out."""

    def __init__(self, random, held_out):
        self.random = random
        self.names = facts.UNSEEN_NAMES if held_out else facts.NAMES

    def invented(self):
        syllables = self.random.choices([1, 2, 3], [2, 5, 2])[0]
        pick = self.random.choice
        return "".join(pick(ONSETS) + pick(VOWELS) + pick(CODAS) for _ in range(syllables))

    def foreign(self):
        first, last = self.random.choice(ALPHABETS)
        length = self.random.randint(1, 4)
        return "".join(chr(self.random.randint(first, last)) for _ in range(length))

    def name(self):
        chance = self.random.random()
        if chance < 0.04 and not self.names is facts.UNSEEN_NAMES:
            return self.foreign().capitalize()
        if chance < 0.6:
            return self.invented().capitalize()
        return self.random.choice(self.names)

    def word(self):
        chance = self.random.random()
        if chance < 0.1:
            return self.foreign()
        if chance < 0.5:
            return self.invented()
        return self.random.choice(facts.WORDS)
