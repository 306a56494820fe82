"""The keys of a conversation: moving in a line, and the editor that Ctrl-G opens."""

import pathlib
import signal

import installation
from case import SUM
from session_case import HINT, SessionTest, run
from store import Store
from terminal import EDIT, END, INTERRUPT, PROMPT, STOP, UP, Terminal, script

LEFT, RIGHT, HOME, LAST, DELETE = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x1b[3~"


class KeysTest(SessionTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def test_keys_that_move_and_remove(self) -> None:
        terminal = self.talk()
        # What is typed, and what the line is then.
        for keys, line in (
            ("bc\x01a", "abc"), ("bc\x01a\x05d", "abcd"), ("ac\x02b", "abc"),
            ("ac\x02\x02\x06b", "abc"), ("one two\x1bbmy ", "one my two"),
            ("one two\x01\x1bf!", "one! two"), ("one two\x1bb\x0b", "one "),
            ("one two\x1bb\x15", "two"), ("one two\x17", "one "), ("ac" + LEFT + "b", "abc"),
            ("b" + HOME + "a" + LAST + "c", "abc"), ("abc" + LEFT + LEFT + DELETE, "ac"),
            ("abd\x7fc", "abc"), ("ab" + LEFT + RIGHT + "c", "abc"), ("äöü\x02\x7f!", "ä!ü"),
            ("漢字\x02x", "漢x字"), ("abc\x02\x04", "ab"),
        ):
            with self.subTest(keys):
                terminal.type(keys)
                terminal.until(line, lambda: terminal.line() == (PROMPT + line).rstrip())
                terminal.type("\x01\x0b")
                terminal.until("nothing", lambda: terminal.line() == PROMPT.rstrip())

    def test_a_screen_that_is_cleared(self) -> None:
        terminal = self.talk()
        terminal.ask(SUM, "7")
        terminal.type("half\x0c")
        terminal.until("the top", lambda: terminal.screen.at_top)
        terminal.waits(PROMPT + "half")

    def test_earlier_lines_are_looked_for(self) -> None:
        terminal = self.talk()
        terminal.ask(SUM, "7")
        terminal.ask("Who are you?", "demo model")
        terminal.type("\x12plus")
        terminal.shows(SUM, times=2)
        terminal.type("\x1b")
        terminal.until(SUM, lambda: SUM in terminal.line())
        terminal.type(INTERRUPT)
        terminal.waits()

    def test_a_window_that_changes(self) -> None:
        terminal = self.talk()
        terminal.shows(HINT)
        terminal.resize(20)
        terminal.until("a shorter hint", lambda: terminal.line() == (PROMPT + HINT[:15]).rstrip())
        terminal.resize(80)
        terminal.shows(PROMPT + HINT)
        # In 40 columns a blank is in the last one.
        said = "Repeat the words one two three four five six."
        terminal.type(said)
        terminal.waits(PROMPT + said)
        for columns in (30, 17, 40, 60, 40, 120, 25):
            with self.subTest(columns):
                drawn = len(terminal.written)
                terminal.resize(columns)
                terminal.until("a line", lambda: "six." in terminal.written[drawn:])
                self.assertEqual(terminal.screen.text.count("Repeat"), 1, terminal.screen.lines)
                terminal.type("!")
                # A terminal's own breaks are no part of the line.
                terminal.until("!", lambda: terminal.screen.text.count("six.!") == 1)
                terminal.type("\x7f")
                terminal.until("no !", lambda: "!" not in terminal.screen.text)
        terminal.resize(80)
        terminal.until("a line", lambda: terminal.screen.before_cursor == PROMPT + said)
        terminal.type(INTERRUPT)
        terminal.waits()


class EditorTest(SessionTest):
    """Ctrl-G with editors that are small scripts, which say what they see in `seen`."""

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def _edit(self, *lines: str) -> Terminal:
        """A conversation with an editor; the script's `$1` is the file."""
        path = script(self.home / "editor", *lines)
        environment = {"EDITOR": f"'{path}'", "SEEN": str(self.home / "seen")}
        # So wide that no message is broken.
        return self.talk(environment=environment, columns=200)

    def _seen(self) -> str:
        return (self.home / "seen").read_text(encoding="utf-8")

    def _is_clean(self) -> None:
        left = [path.name for path in self.home.glob("baton-edit*")]
        self.assertEqual(left, [])

    def _fails(self, terminal: Terminal, message: str) -> None:
        """Ctrl-G says this in one line, and what was typed stays."""
        terminal.type("half a li")
        terminal.waits(PROMPT + "half a li")
        row = terminal.screen.row
        terminal.type(EDIT)
        terminal.shows(f"{message}; the line is as it was\n{PROMPT}half a li")
        self.assertEqual(terminal.screen.lines[row], f"{message}; the line is as it was")
        terminal.waits(PROMPT + "half a li")
        terminal.type("\x15")
        terminal.waits()
        self._is_clean()

    def test_what_was_edited_is_the_line(self) -> None:
        terminal = self._edit('cat "$1" >"$SEEN"', 'printf "What is 3 plus 4?\\n" >"$1"')
        terminal.type("What is")
        terminal.waits(PROMPT + "What is")
        row = terminal.screen.row
        terminal.type(EDIT)
        terminal.waits(PROMPT + SUM)
        self.assertEqual(self._seen(), "What is\n")
        # In the same place: no trace of the former line.
        self.assertEqual(terminal.screen.row, row)
        self._is_clean()
        terminal.ask("", "7")
        terminal.type(UP)
        terminal.waits(PROMPT + SUM)

    def test_texts_of_several_lines(self) -> None:
        text = "one\\n\\tzwei ä\\r\\nthree\\n\\n"
        terminal = self._edit('cat "$1" >"$SEEN"', f'printf "{text}" >"$1"')
        terminal.type(EDIT)
        terminal.waits("three")
        self.assertEqual(self._seen(), "")
        terminal.ask("", "")
        self.assertEqual(self.saved(terminal)[0], ("user", "one\n\tzwei ä\nthree"))

    def test_a_message_that_has_begun_is_edited_as_a_whole(self) -> None:
        terminal = self._edit('cat "$1" >"$SEEN"', 'printf "1\\n2\\n3\\n" >"$1"')
        terminal.enter('"""one')
        terminal.waits("... ")
        terminal.enter("two")
        terminal.waits("... ")
        terminal.type("three" + EDIT)
        terminal.waits("3")
        self.assertEqual(self._seen(), "one\ntwo\nthree\n")
        terminal.ask('"""', "")
        self.assertEqual(self.saved(terminal)[0], ("user", "1\n2\n3"))

    def test_long_lines_that_were_edited_leave_no_trace(self) -> None:
        terminal = self._edit('echo "short" >"$1"')
        terminal.type("word " * 120)
        terminal.until("the line", lambda: terminal.screen.text.count("word") == 120)
        terminal.type("\x1bb\x1bb" + EDIT)
        terminal.waits(PROMPT + "short")
        self.assertNotIn("word", terminal.screen.text)

    def test_a_text_that_is_longer_than_the_screen(self) -> None:
        terminal = self._edit('seq 1 100 >"$1"')
        terminal.type(EDIT)
        terminal.waits("100")
        terminal.ask("", "")
        lines = "\n".join(map(str, range(1, 101)))
        self.assertEqual(self.saved(terminal)[0], ("user", lines))

    def test_the_file_is_private_and_goes(self) -> None:
        terminal = self._edit(
            'stat -c "%a" "$1" "${1%/*}" >"$SEEN"', 'echo "$1" >>"$SEEN"', 'echo new >"$1~"',
            'mkdir "${1%/*}/more"', 'echo new >"$1.new"', 'mv "$1.new" "$1"',
        )
        terminal.type("x" + EDIT)
        terminal.waits(PROMPT + "new")
        modes, path = self._seen().split()[:2], self._seen().split()[2]
        self.assertEqual(modes, ["600", "700"])
        self.assertTrue(path.startswith(f"{self.home}/baton-edit-"), path)
        self._is_clean()

    def test_arguments_and_names_with_blanks(self) -> None:
        path = script(self.home / "my editor", 'printf "%s|" "$@" >"$SEEN"')
        seen = str(self.home / "seen")
        environment = {
            "OLLAMA_EDITOR": f"\"{path}\" --wait '' $HOME;id `id`", "EDITOR": "false",
            "SEEN": seen,
        }
        terminal = self.talk(environment=environment)
        terminal.type("x" + EDIT)
        terminal.until("the words", lambda: pathlib.Path(seen).is_file())
        terminal.waits(PROMPT + "x")
        words = self._seen().split("|")
        self.assertEqual(words[:5], ["--wait", "", "$HOME;id", "`id`", words[4]])
        self.assertTrue(words[4].endswith("/message.txt"))

    def test_editors_that_fail(self) -> None:
        terminal = self._edit("exit 3")
        path = self.home / "editor"
        self._fails(terminal, f"the editor '{path}' exited with code 3")
        script(path, "kill -9 $$")
        terminal.type("half" + EDIT)
        terminal.shows(f"the editor '{path}' was ended by signal 9; the line is as it was\n")
        terminal.waits(PROMPT + "half")
        self._is_clean()

    def test_what_is_no_text(self) -> None:
        for line, message in (
            (': >"$1"', "the editor left nothing"),
            ('printf " \\n\\n" >"$1"', "the editor left nothing"),
            ('head -c 100 /dev/zero >"$1"', "what the editor left is no text in UTF-8"),
            ('printf "\\377\\376" >"$1"', "what the editor left is no text in UTF-8"),
            ('yes | head -c 300000 >"$1"',
             "the text is longer than 256 KiB; give a file through a pipe"),
            ('rm "$1"', "the editor left no file"),
            ('rm "$1"; mkfifo "$1"', "the editor left no file"),
            ('ln -sf /etc/passwd "$1"', "the editor left no file"),
        ):
            with self.subTest(line):
                self._fails(self._edit(line), message)

    def test_no_editor(self) -> None:
        self._fails(self.talk(columns=200), "no editor is named; set EDITOR, such as EDITOR=nano")
        terminal = self.talk(environment={"VISUAL": "no-editor --wait"}, columns=200)
        self._fails(terminal, "there is no program 'no-editor', which VISUAL names")
        environment = {"EDITOR": "cat", "TMPDIR": f"{self.home}/none"}
        terminal = self.talk(environment=environment, columns=200)
        self._fails(terminal, f"make a folder in '{self.home}/none': No such file or directory")

    def test_the_terminal_is_the_editors_and_comes_back(self) -> None:
        # Leaves it in a bad state; Ctrl-C there is not for the conversation.
        terminal = self._edit(
            'trap "echo caught >>\\"$SEEN\\"" INT', 'stty -a >"$SEEN"', "echo ready",
            "until read -r line; do :; done", 'echo "$line" >"$1"', "stty raw -echo -isig",
        )
        terminal.type("x" + EDIT)
        terminal.shows("ready")
        terminal.is_restored()
        self.assertNotIn("2004", terminal.screen.modes)
        terminal.type(INTERRUPT)
        terminal.until("caught", lambda: "caught" in self._seen())
        terminal.type("typed there\n")
        terminal.waits(PROMPT + "typed there")
        self.assertIn("2004", terminal.screen.modes)
        terminal.type(INTERRUPT)
        terminal.waits()
        terminal.type(END)
        terminal.ends()

    def test_control_c_in_an_editor_that_does_not_catch_it(self) -> None:
        terminal = self._edit("echo ready", "read -r line")
        terminal.type("half" + EDIT)
        terminal.shows("ready")
        terminal.type(INTERRUPT)
        terminal.shows("was ended by signal 2; the line is as it was")
        terminal.waits(PROMPT + "half")
        self._is_clean()

    def test_a_screen_that_a_killed_editor_left(self) -> None:
        terminal = self._edit('printf "\\033[?1049h\\033[?25l\\033[?1000h"', "kill -9 $$")
        terminal.type("half" + EDIT)
        terminal.shows("was ended by signal 9")
        terminal.waits(PROMPT + "half")
        self.assertIn("\x1b[?1047l", terminal.written)
        self.assertLessEqual(terminal.screen.modes, {"2004", "25", "1049"})

    def test_signals_end_the_editor_too(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                terminal = self._edit('echo $$ >"$SEEN"', "stty raw", "echo ready", "read -r line")
                terminal.type("half" + EDIT)
                terminal.shows("ready")
                terminal.signal(number)
                terminal.ends(128 + number)
                self._is_clean()
                editor = pathlib.Path(f"/proc/{self._seen().strip()}")
                self.assertFalse(editor.exists())

    def test_a_shell_stops_the_conversation_and_goes_on_with_it(self) -> None:
        path = script(self.home / "editor", "echo ready", "read -r line", 'echo "$line" >"$1"')
        words = ["/bin/sh", "-i"]
        environment = {"EDITOR": path, "PS1": "$ ", "BATON": str(installation.PROGRAMS / "baton")}
        terminal = self.enterContext(
            run(self.home, words, self.baton.port, environment=environment)
        )
        terminal.waits("$ ")
        terminal.enter('"$BATON" run demo')
        terminal.waits()
        terminal.type("half")
        terminal.waits(PROMPT + "half")
        terminal.type(STOP)
        terminal.waits("$ ")
        terminal.is_restored()
        terminal.enter("fg")
        terminal.waits(PROMPT + "half")
        terminal.type(EDIT)
        terminal.shows("ready")
        terminal.type(STOP)
        terminal.waits("$ ")
        terminal.is_restored()
        terminal.enter("fg")
        terminal.type("typed there\n")
        terminal.waits(PROMPT + "typed there")
        terminal.ask("", "")
        terminal.type(END)
        terminal.waits("$ ")
        terminal.enter("exit")
        terminal.ends()
