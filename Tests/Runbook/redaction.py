"""Runs that show their secrets in every form, and what of it can be found afterwards.

`redaction.py print FOLDER`: the secrets as shell assignments in FOLDER/secrets.sh, the forms in FOLDER/forms.
`redaction.py find FOLDER PATH...`: prints every form that is in a file at or below a path; mails are decoded.
`redaction.py say FOLDER SIZE`: writes the forms to standard output and standard error, SIZE bytes at a time.
`redaction.py watch FILE`: prints the processes that show its text in their arguments, or in their environment without being a
step's command.
"""

import email
import functools
import os
import random
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Support"))
from secret_forms import SECRETS, forms

BIG = "".join(random.Random(7).choice("abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/") for _ in range(64 * 1024))


@functools.cache
def all_forms(folder):
    big = os.path.exists(folder + "/big")
    return [pair for secret in ([BIG] if big else SECRETS) for pair in forms(secret)]


def write(folder):
    with open(folder + "/secrets.sh", "w", encoding="utf-8") as file:
        for number, secret in enumerate(SECRETS):
            file.write("export GIVEN_%d=%s\n" % (number, shlex.quote(secret)))
    with open(folder + "/names", "w") as file:
        for number in range(len(SECRETS)):
            file.write("  s%d: {from: env, name: GIVEN_%d, as: KEPT_%d}\n" % (number, number, number))
    with open(folder + "/forms", "wb") as file:
        for text, _ in all_forms(folder):
            file.write(b"<" + text + b">\n")


def files(path):
    if not os.path.isdir(path):
        yield path
    for parent, _, names in os.walk(path):
        yield from (os.path.join(parent, name) for name in names)


def contents(path):
    with open(path, "rb") as file:
        content = file.read()
    yield content
    if content.startswith(b"To: "):
        for part in email.message_from_bytes(content).walk():
            yield part.get_payload(decode=True) or b""


def find(folder, paths):
    looked = 0
    for path in (file for place in paths for file in files(place)):
        for content in contents(path):
            looked += 1
            for text, part in all_forms(folder):
                if part in content:
                    print(path, text[:80])
    assert looked >= len(paths), "there was nothing to look at"


def say(folder, size):
    with open(folder + "/forms", "rb") as file:
        content = file.read()
    for start in range(0, len(content), size):
        for descriptor in (1, 2):
            os.write(descriptor, content[start:start + size])


def processes():
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % name, "rb") as arguments, open("/proc/%s/environ" % name, "rb") as environment, \
                    open("/proc/%s/stat" % name) as status:
                kept = status.read()
                yield (int(name), arguments.read(), environment.read(), kept[kept.index("(") + 1:kept.rindex(")")],
                       int(kept[kept.rindex(")") + 2:].split()[1]))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue


def watch(text):
    known = {process[0]: process for process in processes()}

    def is_command(number):
        while number in known:
            if known[number][3].startswith("runbook-supervi"):
                return True
            number = known[number][4]
        return False

    for number, arguments, environment, name, _ in known.values():
        if text in arguments:
            print("arguments of", name)
        if text in environment and not is_command(number):
            print("environment of", name)
    assert any(text in process[2] for process in known.values()), "the command itself has it"


if __name__ == "__main__":
    verb, folder, *rest = sys.argv[1:]
    if verb == "print":
        write(folder)
    elif verb == "find":
        find(folder, rest)
    elif verb == "say":
        say(folder, int(rest[0]))
    elif verb == "watch":
        with open(folder, "rb") as file:
            watch(file.read().strip())
    else:
        sys.exit("redaction.py: print, find, say, or watch")
