"""A terminal's screen: what a person sees of what a program writes."""

import re
import unicodedata

SEQUENCE = re.compile(r"\x1b\[([?>=]?)([0-9;]*)([@-~])|\x1b([=>78cDEM])|\x1b\][^\x07]*\x07")


class Screen:
    """Lines and a cursor; breaks its lines anew when it becomes narrower or wider, as most do.

    Whatever it does not know is an error: a program that relies on more than nearly every terminal
    can do would look wrong somewhere.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        # Each character of a row, and whether the row goes on in the next one.
        self._cells: list[list[str]] = [[]]
        self._goes_on: list[bool] = [False]
        self.row = self.column = 0
        self._rest = ""
        # What is set of the terminal's modes, such as marks around what is pasted.
        self.modes: set[str] = set()
        # How often a line was broken because it did not fit.
        self.breaks = 0

    @property
    def lines(self) -> list[str]:
        """Every row up to now, those that scrolled away too, without blanks at the ends."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        """The lines, where one that was broken at the edge is one line."""
        text = ""
        for row, goes_on in zip(self._cells, self._goes_on):
            line = "".join(row)
            text += line if goes_on else line.rstrip() + "\n"
        return text

    @property
    def before_cursor(self) -> str:
        """What stands before the cursor in its row."""
        return "".join(self._cells[self.row])[: self.column]

    def feed(self, text: str) -> None:
        """Takes what a program writes, in pieces."""
        text = self._rest + text
        position = 0
        self._rest = ""
        while position < len(text):
            if text[position] == "\x1b":
                found = SEQUENCE.match(text, position)
                if not found:
                    self._rest = text[position:]
                    if len(self._rest) > 64:
                        raise ValueError(f"no sequence: {self._rest!r}")
                    return
                self._control(found)
                position = found.end()
            else:
                self._put(text[position])
                position += 1

    def resize(self, columns: int, rows: int) -> None:
        """Breaks lines anew; the cursor stays at its character."""
        old, flags, at = self._cells, self._goes_on, (self.row, self.column)
        self.columns, self.rows = columns, rows
        self._cells, self._goes_on, line = [], [], []
        offset = None
        for index, cells in enumerate(old):
            if index == at[0]:
                offset = len(line) + at[1]
            line += cells
            if flags[index]:
                continue
            first = len(self._cells)
            parts = [line[i : i + columns] for i in range(0, len(line), columns)] or [[]]
            if offset is not None:
                self.row, self.column = first + offset // columns, offset % columns
                parts += [[] for _ in range(self.row - first - len(parts) + 1)]
                offset = None
            self._cells += [list(part) for part in parts]
            self._goes_on += [True] * (len(parts) - 1) + [False]
            line = []

    def _put(self, character: str) -> None:
        match character:
            case "\r":
                self.column = 0
            case "\n":
                self._down()
            case "\b":
                self.column = max(0, self.column - 1)
            case "\a":
                pass
            case "\t":
                self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
            case _ if character < " ":
                raise ValueError(f"a control: {character!r}")
            case _:
                self._write(character)

    def _write(self, character: str) -> None:
        if unicodedata.combining(character):
            return
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if self.column + width > self.columns:
            self._goes_on[self.row] = True
            self.breaks += 1
            self._down()
            self.column = 0
        cells = self._cells[self.row]
        cells += [" "] * (self.column + width - len(cells))
        cells[self.column] = character
        if width == 2:
            cells[self.column + 1] = ""
        self.column += width

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self._cells):
            self._cells.append([])
            self._goes_on.append(False)

    @property
    def at_top(self) -> bool:
        """Whether the cursor is in the first row that is seen."""
        return self.row == self._top

    @property
    def _top(self) -> int:
        """The first row that has not scrolled away."""
        return max(0, len(self._cells) - self.rows)

    def _control(self, found: re.Match[str]) -> None:
        mark, digits, letter, _ = found.groups()
        if letter is None:
            return
        numbers = [int(number or 0) for number in digits.split(";")]
        count = max(1, numbers[0])
        cells = self._cells[self.row]
        column = min(self.column, self.columns - 1)
        match mark + letter:
            case "A":
                self.row = max(self._top, self.row - count)
            case "B":
                self.row = min(len(self._cells) - 1, self.row + count)
            case "C":
                self.column = min(self.columns - 1, column + count)
            case "D":
                self.column = max(0, column - count)
            case "G":
                self.column = count - 1
            case "H":
                self.row, self.column = self._top + count - 1, (numbers + [1])[1] - 1
                while self.row >= len(self._cells):
                    self._cells.append([])
                    self._goes_on.append(False)
            case "K":
                assert numbers[0] == 0, digits
                del cells[column:]
                self._goes_on[self.row] = False
            case "J":
                if numbers[0] == 2:
                    # What was there scrolls away.
                    self._cells += [[] for _ in range(self.rows)]
                    self._goes_on += [False] * self.rows
                    self.row = self._top
                elif numbers[0] == 0:
                    del cells[column:]
                    del self._cells[self.row + 1 :], self._goes_on[self.row + 1 :]
                    self._goes_on[self.row] = False
            case "@":
                cells[column:column] = [" "] * count
                del cells[self.columns :]
            case "P":
                del cells[column : column + count]
            case "m":
                pass
            case "?h":
                self.modes |= set(digits.split(";"))
            case "?l":
                self.modes -= set(digits.split(";"))
            case _:
                raise ValueError(f"a sequence: {found.group()!r}")
