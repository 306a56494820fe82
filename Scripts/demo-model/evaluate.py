"""Examines a file with questions that were held out, and prints the share right by family."""

import dialogues
import reference

QUESTIONS = {"story": 6}
USUAL = 60


def examine(path, seed=2):
    """Prints a table; returns the share of all held-out questions that were answered right."""
    model = reference.Reference(path)
    generator = dialogues.Generator(seed, held_out=True)
    right_of_all, all_asked, wrong = 0, 0, []
    print(f"{'family':16} {'asked':>5} {'right':>5}")
    for family in dialogues.FAMILIES:
        asked = QUESTIONS.get(family, USUAL)
        right = 0
        for _ in range(asked):
            dialogue = generator.dialogue(family)
            question, expected = dialogue.turns.pop()
            answer = model.answer(dialogue.system, dialogue.turns, question)
            right += answer == expected
            if answer != expected:
                wrong.append(f"{family}: {question!r} -> {answer!r} instead of {expected!r}")
        right_of_all += right
        all_asked += asked
        print(f"{family:16} {asked:5} {right / asked:5.0%}", flush=True)
    share = right_of_all / all_asked
    print(f"{'all':16} {all_asked:5} {share:5.1%}")
    print("\n".join(wrong))
    return share
