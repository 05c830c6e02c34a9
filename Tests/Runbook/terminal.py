"""A terminal of its own for a command, and what a person would see on it.

`Screen` obeys what the executor writes: text, line ends, erasing, moving up, colours. Everything else is an error: a step's
output must not reach the terminal as a command.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

SEQUENCE = re.compile(r"\x1b\[(\d*)(?:;\d+)*([A-Za-z])")


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column, self.widest = columns, [""], 0, 0, 0
        self.colours = set()

    def feed(self, text):
        at = 0
        while at < len(text):
            character = text[at]
            if character == "\x1b":
                found = SEQUENCE.match(text, at)
                assert found, "a sequence that nobody wrote: %r" % text[at:at + 12]
                self.obey(int(found[1] or 1), found[2], found[1])
                at = found.end()
                continue
            at += 1
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.row += 1
                if self.row == len(self.rows):
                    self.rows.append("")
            else:
                assert character == "\t" or character.isprintable(), "a control character: %r" % character
                self.put(character)

    def put(self, character):
        if self.column + width(character) > self.columns:
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row + 1 - len(self.rows))
        line = self.rows[self.row]
        self.rows[self.row] = line[:self.column].ljust(self.column) + character + line[self.column + 1:]
        self.column += width(character)
        self.widest = max(self.widest, self.column)

    def obey(self, count, letter, number):
        if letter == "A":
            self.row = max(0, self.row - count)
        elif letter == "J":
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:]
        elif letter == "m":
            self.colours.add(number)
        else:
            raise AssertionError("a sequence that nobody wrote: %s%s" % (number, letter))

    @property
    def text(self):
        return "\n".join(self.rows)


class Terminal:
    """Runs a command on a pseudo-terminal."""

    def __init__(self, command, columns=80, lines=24, environment=None):
        self.seen = ""
        self.screen = Screen(columns)
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.execvpe(command[0], command, dict(os.environ, **(environment or {})))
        self.resize(columns, lines)
        self.status = None
        self.undecoded = b""

    def resize(self, columns, lines):
        self.screen.columns = columns
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def interrupt(self):
        os.kill(self.process, signal.SIGINT)

    def read(self, seconds=0.1):
        """What came within the time; None at the end."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return ""
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            data = b""
        if not data:
            return None
        data = self.undecoded + data
        text = data.decode(errors="ignore")
        self.undecoded = data[len(text.encode()):]
        self.seen += text
        self.screen.feed(text)
        return text

    def wait_for(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.screen.text):
            assert time.monotonic() < end, "no %s on the terminal:\n%s" % (pattern, self.screen.text)
            assert self.read() is not None, "ended without %s:\n%s" % (pattern, self.screen.text)
        return re.search(pattern, self.screen.text)

    def end(self, seconds=30):
        deadline = time.monotonic() + seconds
        while self.read() is not None:
            assert time.monotonic() < deadline, "it does not end:\n" + self.screen.text
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self.status
