"""Runs a command at a terminal of its own and answers its questions.

talk.py ANSWERS COMMAND [ARGUMENT...]: one answer a line of ANSWERS, given each time the output ends with "> "; a line that begins
with "!" is executed first. Prints what the terminal showed; exits as the command did, or with 124 when it asks on or hangs.
"""
import subprocess
import sys

from terminal import Terminal

SECONDS_MAX = 20

answers = sys.argv[1].split("\n")
talk = Terminal(sys.argv[2:])
answered = 0
while True:
    text = talk.read(SECONDS_MAX)
    if text is None:
        break
    if text == "":
        sys.stdout.write(talk.seen)
        sys.exit(124)
    if talk.seen[answered:].endswith("> ") and answers:
        while answers[0].startswith("!"):
            subprocess.run(answers.pop(0)[1:], shell=True, check=True)
        talk.send(answers.pop(0) + "\n")
        answered = len(talk.seen)
sys.stdout.write(talk.seen.replace("\r\n", "\n"))
sys.exit(talk.end())
