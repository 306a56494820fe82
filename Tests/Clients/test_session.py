"""Conversations on a terminal: what is typed, what is shown, and the terminal afterwards."""

import json
import signal

from case import ENDLESS, SUM
from installation import free_port
from session_case import HINT, Halting, SessionTest, run
from store import Store
from terminal import END, INTERRUPT, PROMPT, UP

SEVERAL = '"""'


class ConversationTest(SessionTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("told", system="Your name is Pat.", parameters={"num_ctx": 1024})

    def test_questions_are_answered(self) -> None:
        terminal = self.talk()
        terminal.ask(SUM, "7")
        terminal.ask("My name is Ada.", "Hello, Ada.")
        terminal.ask("What is my name?", "Your name is Ada.")
        terminal.ask("/clear", "Cleared session context")
        terminal.ask("What is my name?", "You have not told me your name.")
        terminal.enter("/bye")
        terminal.ends()

    def test_a_prompt_of_the_command_line_is_answered_and_no_more(self) -> None:
        terminal = self.run_baton("run", "demo", SUM)
        terminal.ends()
        self.assertEqual(terminal.screen.text.split(), ["7"])

    def test_messages_of_several_lines(self) -> None:
        terminal = self.talk()
        terminal.enter(SEVERAL + "Repeat the")
        terminal.waits("... ")
        terminal.shows('... Use """ to end the message')
        terminal.enter("/bye is no command here")
        terminal.waits("... ")
        terminal.ask("word lamp." + SEVERAL, "")
        said = self.saved(terminal)
        self.assertEqual(said[0], ("user", "Repeat the\n/bye is no command here\nword lamp."))

    def test_what_is_pasted_is_one_message(self) -> None:
        terminal = self.talk()
        terminal.type("\x1b[200~one\ntwo\r\nthree\x1b[201~")
        terminal.waits("three")
        terminal.ask("", "")
        self.assertEqual(self.saved(terminal)[0], ("user", "one\ntwo\nthree"))

    def test_system_messages(self) -> None:
        terminal = self.talk()
        terminal.ask("/show system", "No system message was specified for this model.")
        terminal.ask("/set system Your name is Pat.", "Set system message.")
        terminal.ask("What is your name?", "My name is Pat.")
        terminal.ask("/show system", "Your name is Pat.")
        terminal.enter("/set system " + SEVERAL + "Answer as")
        terminal.waits("... ")
        terminal.ask("JSON." + SEVERAL, "Set system message.")
        terminal.ask("/show system", "Answer as\nJSON.")
        terminal.ask("/set system", "Usage:\n  /set system <message>")

    def test_parameters(self) -> None:
        terminal = self.talk("told")
        terminal.ask("/set parameter num_predict 1", "Set parameter 'num_predict' to '1'")
        terminal.ask("Who are you?", "I")
        self.assertNotIn("I am", terminal.screen.text)
        terminal.ask("/show parameters", "num_predict 1")
        terminal.shows("Model defined parameters:")
        terminal.shows("1024")
        terminal.ask("/set parameter num_predict many", "invalid int value [many]")
        terminal.ask("/set parameter nothing 1", "unknown parameter 'nothing'")

    def test_formats_and_figures(self) -> None:
        terminal = self.talk()
        terminal.ask("/set format json", "Set format to 'json' mode.")
        terminal.ask("What is 3 plus 4? Answer as JSON.", '{"answer": 7}')
        terminal.ask("/set noformat", "Disabled format.")
        terminal.ask("/set verbose", "Set 'verbose' mode.")
        terminal.ask(SUM, "eval rate:")
        terminal.ask("/set quiet", "Set 'quiet' mode.")

    def test_what_a_model_is(self) -> None:
        terminal = self.talk("told")
        terminal.ask("/show info", "architecture")
        terminal.ask("/show modelfile", "SYSTEM")
        terminal.ask("/show system", "Your name is Pat.")
        terminal.ask("/show license", "No license was specified for this model.")
        terminal.ask("/show everything", "/show template")
        terminal.ask("/list", "told:latest")

    def test_help_and_commands_that_nobody_knows(self) -> None:
        terminal = self.talk()
        terminal.ask("/?", "/load <model>")
        terminal.ask("/? shortcuts", "Ctrl-G")
        terminal.ask("/help set", "/set parameter <name> <value>")
        terminal.ask("/nonsense", "Unknown command '/nonsense'. Type /? for help")
        terminal.ask("/set nonsense", "Unknown command '/set nonsense'. Type /? for help")

    def test_models_are_saved_and_loaded(self) -> None:
        terminal = self.talk()
        terminal.ask("/set system Your name is Pat.", "Set system message.")
        terminal.ask("My name is Ada.", "Hello, Ada.")
        said = self.saved(terminal)
        self.assertEqual(said, [("user", "My name is Ada."), ("assistant", "Hello, Ada.")])
        terminal.ask("/load nobody", "nobody")
        terminal.ask("What is my name?", "Your name is Ada.")
        terminal.ask("/load demo", "Loading model 'demo'")
        terminal.ask("What is my name?", "You have not told me your name.")
        terminal.ask("/load kept", "Loading model 'kept'")
        terminal.ask("/show system", "Your name is Pat.")
        terminal.ask("What is my name?", "Your name is Ada.")
        terminal.ask("/save", "Usage:\n  /save <model>")

    def test_a_model_that_begins_with_messages_shows_them(self) -> None:
        self.client.create("begun", from_="demo", messages=[
            {"role": "user", "content": "My name is Ada."},
            {"role": "assistant", "content": "Hello, Ada."},
        ])
        self.addCleanup(self.client.delete, "begun")
        terminal = self.run_baton("run", "begun")
        terminal.shows(">>> My name is Ada.\nHello, Ada.\n\n" + PROMPT + HINT)

    def test_earlier_lines(self) -> None:
        terminal = self.talk()
        terminal.ask(SUM, "7")
        terminal.type(UP)
        terminal.waits(PROMPT + SUM)
        terminal.ask("", "7")
        terminal.ask("/set nohistory", "")
        terminal.ask("Who are you?", "demo model")
        terminal.type(UP)
        terminal.waits(PROMPT + "/set nohistory")
        terminal.type(INTERRUPT)
        terminal.waits()
        terminal.enter("/bye")
        terminal.ends()
        self.assertEqual((self.home / "state" / "history").stat().st_mode & 0o777, 0o600)
        terminal = self.talk()
        terminal.type(UP)
        terminal.waits(PROMPT + "/set nohistory")
        terminal.type(UP)
        terminal.waits(PROMPT + SUM)
        terminal = self.talk(environment={"OLLAMA_NOHISTORY": "1"})
        terminal.type(UP + "x")
        terminal.waits(PROMPT + "x")

    def test_the_end(self) -> None:
        terminal = self.talk()
        terminal.type(END)
        terminal.ends()
        terminal = self.talk()
        terminal.enter("/exit")
        terminal.ends()

    def test_a_signal_in_the_middle_of_a_line(self) -> None:
        terminal = self.talk()
        terminal.type("half a li")
        terminal.waits(PROMPT + "half a li")
        terminal.signal(signal.SIGTERM)
        terminal.ends(143)


class InterruptionTest(SessionTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def test_control_c_stops_an_answer_and_no_more(self) -> None:
        with Halting() as server:
            terminal = self.enterContext(run(self.home, ["run", "any"], server.port))
            terminal.waits()
            for _ in range(3):
                terminal.enter("Hello.")
                terminal.waits("word ")
                terminal.type(INTERRUPT)
                terminal.waits()
            terminal.ask("/set quiet", "Set 'quiet' mode.")
            terminal.type(END)
            terminal.ends()

    def test_the_models_turn_ends_with_the_answer(self) -> None:
        terminal = self.talk()
        for name in ("temperature", "top_p", "seed", "repeat_penalty", "num_predict"):
            terminal.ask(f"/set parameter {name} {ENDLESS[name]}", "Set parameter")
        terminal.enter("Tell me a story.")
        terminal.until("an answer", lambda: terminal.screen.column > 0)
        terminal.type(INTERRUPT)
        terminal.waits()
        terminal.until("no turn", lambda: not self.baton.busy_tickets())

    def test_control_c_at_the_prompt(self) -> None:
        terminal = self.talk()
        terminal.type(INTERRUPT)
        terminal.shows(">>>\nUse Ctrl + d or /bye to exit.\n>>>")
        terminal.waits()
        # The cursor is far from the end of the line.
        terminal.type("word " * 40 + "\x01")
        terminal.until("the line", lambda: terminal.screen.text.count("word") == 40)
        terminal.waits()
        terminal.type(INTERRUPT)
        terminal.shows("word\nUse Ctrl + d or /bye to exit.\n")
        terminal.waits()
        terminal.enter(SEVERAL + "one")
        terminal.waits("... ")
        terminal.type(INTERRUPT)
        terminal.waits()
        terminal.ask(SUM, "7")

    def test_a_server_that_goes_away(self) -> None:
        with Halting() as server:
            terminal = self.enterContext(run(self.home, ["run", "any"], server.port))
            terminal.waits()
            server.next = "break"
            terminal.enter("Hello.")
            terminal.waits()
            terminal.shows("broke before the answer's end")
            server.next = "refuse"
            terminal.ask("Hello.", "no room")
            server.leave()
            terminal.ask("Hello.", "nobody answers at")
            terminal.ask("/show info", "nobody answers at")
            terminal.ask("/load other", "nobody answers at")
            terminal.ask("/save other", "nobody answers at")
            terminal.type(END)
            terminal.ends()

    def test_a_server_that_is_not_there(self) -> None:
        terminal = self.enterContext(run(self.home, ["run", "any"], free_port()))
        terminal.shows("nobody answers at")
        terminal.ends(1)


class PlainTest(SessionTest):
    """Where nobody looks at a terminal."""

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def test_what_comes_through_a_pipe_is_a_prompt(self) -> None:
        self.assertEqual(self.plain(["run", "demo"], SUM), ("7\n", ""))
        self.assertEqual(self.plain(["run", "demo", "plus 4?"], "What is 3"), ("7\n", ""))

    def test_lines_are_not_broken(self) -> None:
        output, _ = self.plain(["run", "demo", "Tell me a story."])
        self.assertGreater(max(map(len, output.splitlines())), 80)

    def test_nothing_to_ask_is_told(self) -> None:
        output, errors = self.plain(["run", "demo"], " \n", code=1)
        self.assertEqual(output, "")
        self.assertIn("there is nothing to ask", errors)

    def test_answers_that_are_json(self) -> None:
        words = ["run", "demo", "--format", "json", "What is 3 plus 4? Answer as JSON."]
        self.assertEqual(json.loads(self.plain(words)[0]), {"answer": 7})
        listed = json.loads(self.plain(["list", "--format", "json"])[0])
        self.assertEqual([model["name"] for model in listed["models"]], ["demo:latest"])
        shown = json.loads(self.plain(["show", "demo", "--format", "json"])[0])
        self.assertIn("completion", shown["capabilities"])
        self.assertIn("models", json.loads(self.plain(["ps", "--format", "json"])[0]))

    def test_a_conversation_needs_both_ends_of_a_terminal(self) -> None:
        with open(self.home / "out", "wb") as out:
            terminal = self.run_baton("run", "demo", stdout=out)
            terminal.shows("standard input and output are not both a terminal")
            terminal.ends(1)

    def test_without_colours(self) -> None:
        terminal = self.run_baton("run", "demo", SUM, environment={"NO_COLOR": "1"})
        terminal.ends()
        self.assertNotIn("\x1b[2m", terminal.written)
