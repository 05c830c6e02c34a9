"""What an operator sees: `terminal_checks.py RUNBOOK FOLDER` prints `ok NAME` or `not ok NAME` for each check."""

import os
import re
import signal
import subprocess
import sys
import time
import traceback

from terminal import Terminal

runbook, folder = sys.argv[1:]
marks = folder + "/marks"
BASE = {"RUNBOOK_STATE_DIR": folder + "/state", "MARKS": marks, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LANG": ""}
HEAD = "runbook: 1\nid: %s\ntitle: Essai\nlock: essai\nsteps:\n"
MARK = "[|/\\\\-] "


def document(steps, name="essai"):
    path = "%s/%s.yml" % (folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD % name + steps)
    return path


def terminal(*arguments, columns=80, lines=24, **environment):
    return Terminal([runbook, *arguments], columns, lines, dict(BASE, **environment))


def go(name):
    os.makedirs(marks, exist_ok=True)
    open(marks + "/" + name, "w").close()


def run_of(screen):
    return re.search(r"(?:Run|Exécution) (\S+) —", screen.text)[1]


def progress():
    steps = ("  - {id: copier, title: Copier les données, run: 'echo première; echo deuxième; printf \"troisième\\ten cours\\n\"; "
             "until [ -e \"$MARKS/%s\" ]; do sleep 0.05; done'}\n"
             "  - {id: apres, title: Suite, run: 'true'}\n")
    first = terminal("run", document(steps % "first"))
    shown = first.wait_for(MARK + r"00:0\d  \[1/2\] copier: Copier les données\n    \| première\n    \| deuxième\n    \| troisième en cours")
    assert "usually" not in shown[0], "nothing is known of earlier runs"
    first.wait_for(r"00:01 ")
    go("first")
    assert first.end() == 0
    assert "troisième" not in first.screen.text and "00:0" not in first.screen.text, "nothing of it stays:\n" + first.screen.text
    assert "✓ done" in first.screen.text and "[2/2] apres: Suite" in first.screen.text
    assert first.screen.colours == {"32", "0"}, first.screen.colours
    second = terminal("run", document(steps % "second"))
    second.wait_for(r"00:0\d \(usually 00:0[12]\)")
    second.wait_for(r"longer than usual")
    go("second")
    assert second.end() == 0


def side_by_side():
    steps = ("  - id: ensemble\n    title: Ensemble\n    parallel:\n"
             "      - {id: un, title: Un, run: 'echo dit-un; until [ -e \"$MARKS/third\" ]; do sleep 0.05; done'}\n"
             "      - {id: deux, title: Deux, run: 'echo dit-deux; until [ -e \"$MARKS/third\" ]; do sleep 0.05; done'}\n")
    both = terminal("run", document(steps, "ensemble"))
    both.wait_for(r"un: Un\n    \| dit-un\n" + MARK + r"00:0\d  \[1/1\] deux: Deux\n    \| dit-deux")
    go("third")
    assert both.end() == 0


def waiting():
    steps = "  - {id: attendre, title: Attendre le serveur, wait: {run: 'test -e \"$MARKS/fourth\"', every: 5s, for: 1m}}\n"
    wait = terminal("run", document(steps, "attente"), LC_ALL="fr_FR.UTF-8")
    wait.wait_for(MARK + "00:0[12]  Étape attendre : attente, au plus 1m")
    go("fourth")
    assert wait.end() == 0
    steps = "  - {id: encore, title: Encore, effect: idempotent, run: 'false', retry: {max: 1, delay: 2s}}\n"
    retry = terminal("run", "--auto", document(steps, "encore"))
    retry.wait_for(MARK + "00:01  Step encore: another attempt in 2s")
    assert retry.end() == 1 and "✗ FAILED" in retry.screen.text and "31" in retry.screen.colours


def widths():
    # Two columns a letter, accents of their own, a picture: no line of what goes on may break.
    title = "\u4f60\u597d" * 30 + " e\u0301" * 40 + " \U0001f600"
    steps = "  - {id: large, title: '%s', run: 'printf \"%%0300d\\n\" 7; until [ -e \"$MARKS/%s\" ]; do sleep 0.05; done'}\n"
    for columns in (80, 40):
        wide = terminal("run", document(steps % (title, "w%d" % columns), "large"), columns=columns)
        wide.wait_for(MARK + "00:01")
        block = wide.screen.rows[-2:]
        assert len(block) == 2 and block[0].endswith("…") and block[1].endswith("…"), block
        go("w%d" % columns)
        assert wide.end() == 0
    narrow = terminal("run", document(steps % (title, "wn"), "large"))
    narrow.wait_for(MARK + "00:00")
    narrow.resize(30, 10)
    narrow.screen.widest = 0
    # The terminal sends SIGWINCH, which must neither end the run nor the wait.
    narrow.wait_for(MARK + "00:02")
    assert narrow.screen.rows[-1].endswith("…") and len(narrow.screen.rows[-1]) <= 30, narrow.screen.rows[-2:]
    go("wn")
    assert narrow.end() == 0
    low = terminal("run", document(steps % ("bas", "low"), "large"), lines=2)
    low.wait_for(MARK + "00:01")
    assert "0007" not in low.screen.text and "| 000" not in low.screen.text, low.screen.text
    go("low")
    assert low.end() == 0


def hostile_output():
    # Clears the screen, sets the title, answers for the terminal, turns the direction; as C0, as C1, and cut in two.
    hostile = "printf 'a\\033[2J\\033]0;pris\\007\\033[6n\\302\\2332Jb\\rc\\010d\\342\\200\\256e\\033'"
    steps = ("  - {id: hostile, title: Hostile, run: \"" + hostile.replace("\\", "\\\\") +
             "; until [ -e \\\"$MARKS/%s\\\" ]; do sleep 0.05; done; " + hostile.replace("\\", "\\\\") + " >&2; exit 3\"}\n")
    shown = terminal("run", "--auto", document(steps % "hostile", "hostile"))
    shown.wait_for(r"\| a\\u001b\[2J\\u001b\]0;pris\\u0007\\u001b\[6n\\u009b2Jb")
    go("hostile")
    assert shown.end() == 1
    assert "\\u202ee" in shown.screen.text, "the last lines of a failed step:\n" + shown.screen.text
    run = run_of(shown.screen)
    for verb in (["status", run], ["report", run], ["resume", "--auto", run], ["watch", run], ["list"]):
        # The screen itself refuses what is not text.
        terminal(*verb).end()
    reason = terminal("skip", run, "hostile", "--reason", "motif\x1b[2J\u202e")
    assert reason.end() == 0
    status = terminal("status", run)
    assert status.end() == 0 and "motif\\u001b[2J\\u202e" in status.screen.text, status.screen.text


def without_colour():
    steps = "  - {id: rater, title: Rater, run: 'sleep 0.7; exit 1'}\n"
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = terminal("run", "--auto", document(steps, "couleur"), **environment)
        assert plain.end() == 1
        assert not plain.screen.colours, plain.screen.colours
        assert "✗ FAILED: exit status 1" in plain.screen.text
        if "TERM" in environment:
            assert "\x1b" not in plain.seen and "00:0" not in plain.seen, plain.seen
        else:
            assert "00:00" in plain.seen, "what goes on is shown without colour too"
    piped = subprocess.run([runbook, "run", document(steps, "couleur")], env=dict(os.environ, **BASE), capture_output=True)
    assert piped.returncode == 1
    text = piped.stdout.decode()
    assert "\x1b" not in text and "\r" not in text and "00:0" not in text, text
    assert "[1/1] rater: Rater\n      ✗ FAILED: exit status 1 (" in text, text


def prompts():
    steps = ("  - {id: lire, title: Lire, effect: none, run: 'true'}\n"
             "  - {id: agir, title: Agir, run: 'true'}\n"
             "  - {id: annulable, title: Annulable, run: 'true', undo: {run: 'true'}}\n"
             "  - {id: encore, title: Encore, effect: idempotent, run: 'true'}\n")
    french = terminal("run", "--step", document(steps, "invite"), LC_ALL="fr_FR.UTF-8")
    for consequence in ("ne fait que lire", "agit une seule fois et rien ne l'annule",
                        "agit une seule fois ; un retour arrière l'annule", "la répéter ne change rien"):
        french.wait_for(consequence)
        french.wait_for(r"\[q\] suspendre[^\n]*> $")
        french.screen.rows = [""] * (french.screen.row + 1)
        french.send("\n")
    assert french.end() == 0
    stopped = terminal("run", "--step", document(steps, "invite"))
    stopped.wait_for(r"\[q\] suspend[^\n]*> $")
    stopped.send("s\n")
    stopped.wait_for("reason > $")
    stopped.send("essai\n")
    stopped.wait_for("agir: Agir")
    stopped.wait_for(r"\[q\] suspend[^\n]*> $")
    stopped.send("q\n")
    assert stopped.end() == 4 and "– skipped (essai)" in stopped.screen.text


def interruption():
    steps = ("  - {id: longue, title: Longue, run: 'echo begin >> \"$MARKS/longue\"; until [ -e \"$MARKS/%s\" ]; do sleep 0.05; done; "
             "echo end >> \"$MARKS/longue\"'}\n")
    for number, name in ((signal.SIGINT, "int"), (signal.SIGTERM, "term")):
        if os.path.exists(marks + "/longue"):
            os.remove(marks + "/longue")
        longue = terminal("run", document(steps % name, "longue"))
        longue.wait_for(MARK + "00:00")
        while not os.path.exists(marks + "/longue"):
            time.sleep(0.02)
        run = run_of(longue.screen)
        if number == signal.SIGINT:
            longue.send("\x03")
        else:
            os.kill(longue.process, number)
        # A shell's `$?` is 130 or 143 for it.
        assert longue.end() == -number, longue.status
        assert "Interrupted." in longue.screen.text and "runbook resume " + run in longue.screen.text, longue.screen.text
        again = terminal("resume", run)
        again.wait_for("outlived its executor")
        go(name)
        assert again.end() == 0
        assert open(marks + "/longue").read() == "begin\nend\n", "the step is not repeated"


failed = False
for check in (progress, side_by_side, waiting, widths, hostile_output, without_colour, prompts, interruption):
    name = check.__name__.replace("_", " ")
    try:
        check()
        print("ok " + name)
    except Exception:
        print("not ok %s: %s" % (name, traceback.format_exc().strip().replace("\n", "\n    ")))
