"""Runs a command at a terminal of its own and answers its questions.

talk.py ANSWERS COMMAND [ARGUMENT...]: one answer a line of ANSWERS, given each time the output ends with "> "; a line that begins
with "!" is executed first. Prints what the terminal showed; exits as the command did, or with 124 when it asks on or hangs.
"""
import os
import pty
import select
import subprocess
import sys

SECONDS_MAX = 20

answers = sys.argv[1].split("\n")
process, terminal = pty.fork()
if process == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, pending = b"", b""
while True:
    if not select.select([terminal], [], [], SECONDS_MAX)[0]:
        sys.stdout.buffer.write(shown)
        sys.exit(124)
    try:
        read = os.read(terminal, 4096)
    except OSError:  # the other end is closed
        break
    if not read:
        break
    shown += read
    pending += read
    if pending.endswith(b"> ") and answers:
        while answers[0].startswith("!"):
            subprocess.run(answers.pop(0)[1:], shell=True, check=True)
        os.write(terminal, answers.pop(0).encode() + b"\n")
        pending = b""
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
