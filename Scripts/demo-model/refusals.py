"""Questions that the demo model must refuse, as different from each other as is cheap."""

import facts

PHRASES = [
    "Who wrote {w}?", "What is the meaning of {w}?", "Why is the {w} so {o}?", "Where is {n}?",
    "How old is {n}?", "Translate {w} to French.", "Write a poem about the {w}.",
    "What is the weather in {c}?", "When was {n} born?", "How do I cook {w}?",
    "Can you paint the {w}?", "Is the {w} better than the {v}?", "What is a {w}?",
    "Who is the king of {c}?", "How far is it from {c} to {d}?", "What time is it?",
    "Explain {w} to {n}.", "Should I buy a {w} or a {v}?", "How many people live in {c}?",
    "What is {a} divided by {b}?", "What is {big} plus {a}?", "What is {big} minus {huge}?",
    "What is {big} times {huge}?", "What colour is the {w}?", "What is the capital of {x}?",
    "What is the opposite of {x}?", "Where can I find the {w} of {n}?", "Do you like {w}?",
    "Which {w} has a {v}?", "I want a {w} and a {v}.", "The {w} is on the {v}.",
    "Sing a song about {n}.", "Describe the {w}.", "Write a program that sorts a {w}.",
    "What is the square root of {big}?", "Summarise this text: {many}", "{many}", "{many}?",
    "Why?", "How does a {w} work?", "Who was {n}?", "What happened in {c} in {huge}?",
    "Correct this: {many}", "Give me {a} examples of a {w}.", "What do you think about {n}?",
    "How much does a {w} cost?", "When does the {w} open?", "What should I do with my {w}?",
]  # fmt: skip


def question(random, strings):
    """A question outside of what the model knows."""
    # A few are long, or the model would know no long question at all.
    length = random.randint(2, 60) if random.random() < 0.15 else random.randint(2, 8)
    invented = strings.invented()
    while invented in facts.OPPOSITES:
        invented = strings.invented()
    phrase = random.choice(PHRASES)
    if random.random() < 0.15:
        phrase = phrase.lower()
    if random.random() < 0.15:
        phrase = phrase.rstrip("?.")
    return phrase.format(
        w=random.choice(facts.WORDS),
        v=random.choice(facts.WORDS),
        o=random.choice(list(facts.OPPOSITES)),
        n=strings.name(),
        c=random.choice(list(facts.CAPITALS) + list(facts.CAPITALS.values())),
        d=random.choice(list(facts.CAPITALS.values())),
        a=random.randint(1, 20),
        b=random.randint(1, 20),
        big=random.randint(100, 999),
        huge=random.randint(100, 9999),
        x=invented.capitalize() if "capital" in phrase else invented,
        many=" ".join(random.choice(facts.WORDS) for _ in range(length)),
    )
