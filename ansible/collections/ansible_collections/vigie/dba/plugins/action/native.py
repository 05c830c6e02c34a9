# -*- coding: utf-8 -*-
# Vigie, database administration for teams that run their own servers.
# Copyright the Vigie authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of every module of this collection.

The modules are one native binary. This plugin keeps a copy of it in the target account's
``~/.cache/vigie``, named by its SHA-256, and runs a task by passing the arguments on the copy's
standard input: one remote operation. Where that cannot be done safely, it hands the same binary to
Ansible's ordinary way for binary modules. It never runs Python on the target.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
from types import SimpleNamespace

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.action import ActionBase

try:  # ansible-core 2.19 and later
    from ansible.module_utils.common.json import Direction, get_module_encoder

    ENCODER = {"cls": get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)}

    def untrusted(reply):
        """Returns the reply as it is: there, only what is marked as trusted is ever a template."""
        return reply

except ImportError:  # ansible-core 2.17 and 2.18
    from ansible.module_utils.common.json import AnsibleJSONEncoder
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    ENCODER = {"cls": AnsibleJSONEncoder, "vault_to_text": True}

NATIVE_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "native")

STATUS_ABSENT = 90
STATUS_REFUSED = (126, 127)  # POSIX shells: found but cannot be executed, not found
UNLOADABLE = re.compile("error while loading shared libraries|version `GLIBC")  # says the loader
ERROR_TAIL_CHARACTERS = 2000
SECRET_CHARACTERS_MIN = 3

# The scripts run in the target's /bin/sh (dash, bash, busybox). `@x@` is replaced by `script`, which
# also joins the lines: some login shells accept no line feed in an argument.

# $d is the cache, $s the SHA-256, $z the size in bytes, $f the copy. ${IFS#??} is a line feed: it
# spares a process.
PLACE = """n="${IFS#??}"; h=${HOME:-/nonexistent}; d=$h/.cache/vigie; @pick@; f=$d/$s;"""

# Nobody but the account itself (and root) can put a file there: the account owns each folder, none is
# a link, none is writable for others (as sshd's StrictModes asks), the cache is for the account alone.
OWNED = """[ -O "$h/." ] && [ -O "$h/.cache" ] && [ -O "$d" ] &&"""
LISTED = """$(LC_ALL=C ls -ld "$h/." "$h/.cache" "$d" @file@ 2>/dev/null)"""
FOLDERS = """d????-??-*"$n"d????-??-*"$n"drwx--[-S]---*"""
SAFE = OWNED + " case " + LISTED.replace("@file@", "") + " in " + FOLDERS + ") :;; *) false;; esac"
INTACT = (
    OWNED + """ [ -O "$f" ] && case """ + LISTED.replace("@file@", '"$f"') + " in "
    + FOLDERS + """"$n"-rwx------*" $z "*) :;; *) false;; esac"""
)

# The first line of standard input holds `environment:`, so that it is in no process list and no log.
RUN = """
    IFS= read -r e; @place@
    if [ -x "$f" ] && @intact@; then echo "vigie-reply $s"; eval "$e"; exec "$f" -; fi;
    cat >/dev/null; echo "vigie-absent $s" >&2; exit @absent@
"""

# Answers `vigie-target <architecture> <why the cache cannot be used, or nothing>`.
PROBE = """
    umask 077; @place@ r=;
    if ! [ -d "$h" ]; then r="the account has no home folder";
    elif ! mkdir -p "$d" 2>/dev/null || ! [ -w "$d" ]; then r="~/.cache/vigie cannot be written";
    elif ! { @safe@; }; then r="~, ~/.cache or ~/.cache/vigie is a link, another account's, or open to others";
    elif ! [ -x "$f" ] && @intact@; then r="the file system of ~/.cache/vigie is mounted noexec";
    elif ! command -v gzip >/dev/null; then r="gzip is missing";
    elif ! { command -v sha256sum || command -v openssl || command -v shasum; } >/dev/null;
    then r="sha256sum, openssl and shasum are all missing"; fi;
    echo; echo "vigie-target $(uname -m) $r"
"""

DIGEST = """
    x=$({ sha256sum <@file@ || openssl dgst -sha256 -r <@file@ || shasum -a 256 <@file@; } 2>/dev/null);
"""

PUSH = """
    umask 077; @place@ t=$f.$$; trap 'rm -f "$t"' EXIT; trap "exit 1" HUP INT TERM;
    gzip -dc >"$t" || { cat >/dev/null; exit 1; };
""" + DIGEST.replace("@file@", '"$t"') + """
    if [ "${x%% *}" != "$s" ]; then echo "the SHA-256 of what arrived differs" >&2; exit 1; fi;
    chmod 700 "$t" && mv -f "$t" "$f" || exit 1;
    for o in "$d"/*; do case $o in @current@) ;; *) rm -f "$o";; esac; done
"""

# Answers `vigie-damaged`, and removes the copy, when it is not what its name says.
VERIFY = "@place@" + DIGEST.replace("@file@", '"$f"') + """
    if [ -n "$x" ] && [ "${x%% *}" != "$s" ]; then rm -f "$f"; echo; echo vigie-damaged; fi
"""


class CacheUnusable(Exception):
    """The target cannot keep a copy of the binary; the text says why."""


class ActionModule(ActionBase):
    """Runs a module of the collection with the target's cached copy of the binary."""

    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        """Returns the module's reply as the task's result."""
        result = super().run(tmp, task_vars)
        self._module = "vigie.dba." + self._task.action.rpartition(".")[2]
        self._builds = builds()
        self._architecture = None
        self._ordinary_build = None
        arguments = json.loads(json.dumps(self._task.args, **ENCODER))

        obstacle = self._obstacle()
        if obstacle is None:
            try:
                result.update(self._run_cached(arguments, task_vars))
                return result
            except CacheUnusable as reason:
                obstacle = str(reason)
        if obstacle:
            self._display.warning(
                f"{self._play_context.remote_addr}: {obstacle}; vigie.dba sends its binary for each task, "
                "which is slower"
            )
        result.update(self._run_ordinarily(arguments, task_vars))
        return result

    def _obstacle(self):
        """Why standard input cannot reach the target's shell: None when it can, '' needs no warning."""
        connection, become = self._connection, self._connection.become
        if self._task.async_val or constants.DEFAULT_KEEP_REMOTE_FILES:
            return ""
        if not connection.has_pipelining:
            return f"the connection '{connection.transport}' passes no standard input"
        if getattr(connection._shell, "SHELL_FAMILY", "sh") != "sh":
            return f"the shell type '{connection._shell.SHELL_FAMILY}' is not sh"
        if become:
            name = become.name.rpartition(".")[2]
            if become.require_tty or not getattr(become, "pipelining", name != "su"):
                return f"become method '{name}' passes no standard input"
        options = " ".join(
            str(self.get_connection_option(key) or "") for key in ("ssh_args", "ssh_common_args", "ssh_extra_args")
        )
        if re.search(r"(^|\s)-t+(\s|$)|RequestTTY[ =]*(yes|force)", options, re.IGNORECASE):
            return "the options of ssh ask for a terminal, which passes no standard input"
        return None

    # -- the cached copy ---------------------------------------------------------------------------

    def _run_cached(self, arguments, task_vars):
        self._update_module_args(self._module, arguments, task_vars)
        environment = {}
        self._compute_environment_string(environment)
        stdin = to_bytes(exports(environment) + "\n" + json.dumps(arguments, **ENCODER))
        pushed = False
        while True:
            answer = self._execute(self._script(RUN, absent=STATUS_ABSENT), stdin)
            _before, started, text = answer["stdout"].partition("vigie-reply ")
            _digest, _line_feed, text = text.partition("\n")
            if started and not text.strip() and UNLOADABLE.search(answer["stderr"]):
                raise AnsibleActionFail(f"the binary does not run on this target: {tail(answer['stderr'])}")
            if started and not (answer["rc"] in STATUS_REFUSED and not text.strip()):
                return self._reply(answer, text, arguments, environment)
            absent = answer["rc"] == STATUS_ABSENT and "vigie-absent" in answer["stderr"]
            if started and not self._damaged():
                raise CacheUnusable(f"the copy cannot be executed ({tail(answer['stderr'])})")
            if not started and not absent:
                return self._shell_failure(answer)
            if pushed:
                raise CacheUnusable("the copy in ~/.cache/vigie does not stay")
            self._push()
            pushed = True

    def _reply(self, answer, text, arguments, environment):
        """The module's reply: exactly one JSON object. Anything else is a failure, never repeated."""
        try:
            reply = json.loads(text)
        except ValueError:
            reply = None
        if isinstance(reply, dict):
            reply = {key: value for key, value in reply.items() if not key.startswith("_ansible_")}
            if answer["rc"] and not reply.get("failed"):
                reply.update(failed=True, msg=f"the module ended with status {answer['rc']} without a reason")
            reply["_ansible_parsed"] = True
            return untrusted(reply)

        status = answer["rc"]
        signal = -status if status < 0 else status - 128
        ended = f"was ended by signal {signal}" if 0 < signal < 65 else f"ended with status {status}"
        message = f"the module {ended} without an answer; whether it changed anything is not known"
        if self._damaged():
            message += "; the copy of the binary on the target was damaged and has been removed"
        elif not self._task.no_log:
            message += f": {masked(tail(answer['stderr']), [arguments, environment]) or 'no error output'}"
        return {"failed": True, "changed": False, "rc": status, "msg": message}

    def _shell_failure(self, answer):
        """Neither the module nor the script before it was started: the shell or become refused."""
        if "must have a tty" in answer["stderr"]:
            raise CacheUnusable(REQUIRETTY)
        message = f"no shell on the target (status {answer['rc']}): {tail(answer['stderr']) or 'no error output'}"
        return {"failed": True, "changed": False, "rc": answer["rc"], "msg": message}

    def _push(self):
        """Puts the binary for the target's architecture into the cache, or says why that cannot be."""
        reason = self._probe()
        if reason:
            raise CacheUnusable(reason)
        with open(self._build().path + ".gz", "rb") as file:
            packed = file.read()
        current = "|".join(f"*/{build.digest}*" for build in self._builds.values())
        answer = self._execute(self._script(PUSH, current=current), packed)
        if answer["rc"]:
            raise CacheUnusable(f"the binary could not be copied to ~/.cache/vigie ({tail(answer['stderr'])})")

    def _probe(self):
        """Asks the target for its architecture; returns why the cache cannot be used, or ''."""
        answer = self._execute(self._script(PROBE))
        found = re.search(r"^vigie-target (\S+) ?(.*?)\r?$", answer["stdout"], re.MULTILINE)
        if not found:
            if "must have a tty" in answer["stderr"] + answer["stdout"]:
                raise AnsibleActionFail(REQUIRETTY)
            raise AnsibleActionFail(
                f"the target does not answer to its shell (status {answer['rc']}): "
                f"{tail(answer['stderr']) or tail(answer['stdout'])}"
            )
        self._architecture = found.group(1)
        return found.group(2)

    def _damaged(self):
        return "vigie-damaged" in self._execute(self._script(VERIFY))["stdout"]

    def _build(self):
        if self._architecture is None:
            self._probe()
        if self._architecture not in self._builds:
            raise AnsibleActionFail(
                f"this vigie.dba holds no binary for {self._architecture}, only for {', '.join(self._builds)}; "
                "was it built on another architecture?"
            )
        return self._builds[self._architecture]

    def _script(self, text, **values):
        if len(self._builds) == 1:
            build = next(iter(self._builds.values()))
            pick = f"s={build.digest} z={build.size}"
        else:
            cases = " ".join(f"{name}) s={b.digest} z={b.size};;" for name, b in self._builds.items())
            pick = f"case $(uname -m) in {cases} *) s=unknown z=0;; esac"
        parts = {"intact": INTACT, "safe": SAFE, "place": PLACE, "pick": pick, **values}
        for name, part in parts.items():
            text = text.replace(f"@{name}@", str(part))
        return " ".join(text.split())

    def _execute(self, command, stdin=None):
        """Runs the command in the target's shell. A local connection passes standard input to a
        command behind a become password only while its option says pipelining."""
        connection = self._connection
        if stdin is None or connection.transport != "local":
            return self._low_level_execute_command(command, in_data=stdin)
        configured = self.get_connection_option("pipelining")
        connection.set_option("pipelining", True)
        try:
            return self._low_level_execute_command(command, in_data=stdin)
        finally:
            connection.set_option("pipelining", configured)

    # -- Ansible's ordinary way --------------------------------------------------------------------

    def _run_ordinarily(self, arguments, task_vars):
        self._ordinary_build = self._build()
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        reply = self._execute_module(
            module_name=self._module, module_args=arguments, task_vars=task_vars, wrap_async=wrap_async
        )
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        said = f"{reply.get('msg', '')}{reply.get('module_stdout', '')}{reply.get('module_stderr', '')}"
        if reply.get("failed") and "must have a tty" in said:
            reply["msg"] = REQUIRETTY
        elif reply.get("failed") and wrap_async and "ansible_job_id" not in reply:
            reply["msg"] = "async is Ansible's own Python program and needs Python on the target; without it, remove `async`"
        return reply

    def _configure_module(self, module_name, module_args, task_vars):
        """Lets Ansible find the binary where it looks for the module, instead of the documentation stub."""
        if self._ordinary_build is None or module_name != self._module:
            return super()._configure_module(module_name, module_args, task_vars)
        found = SimpleNamespace(resolved=True, redirect_list=[], plugin_resolved_path=self._ordinary_build.path)
        loader = SimpleNamespace(find_plugin_with_context=lambda *_arguments, **_options: found)
        loaders = self._shared_loader_obj
        self._shared_loader_obj = SimpleNamespace(module_loader=loader)
        try:
            return super()._configure_module(module_name, module_args, task_vars)
        finally:
            self._shared_loader_obj = loaders


REQUIRETTY = (
    "sudo on the target asks for a terminal (requiretty in sudoers), which no module can be given; "
    "add `Defaults:<login account> !requiretty` there"
)


def builds():
    """The collection's binaries by architecture, as `uname -m` names it; the file's name has the SHA-256."""
    found = {}
    for path in sorted(glob.glob(os.path.join(NATIVE_FOLDER, "*", "vigie-module-*"))):
        name = re.fullmatch(r"vigie-module-([0-9a-f]{64})", os.path.basename(path))
        if not name:
            continue
        architecture = os.path.basename(os.path.dirname(path))
        if architecture in found:
            raise AnsibleActionFail(f"vigie.dba holds two binaries for {architecture}; build the collection again")
        found[architecture] = SimpleNamespace(path=path, digest=name.group(1), size=os.stat(path).st_size)
    if not found:
        raise AnsibleActionFail(f"vigie.dba holds no binary in {NATIVE_FOLDER}; has `make collection` been run?")
    return found


def exports(environment):
    """The task's environment as one line of shell, line feeds in values included."""
    words = []
    for name, value in environment.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise AnsibleActionFail(f"environment: '{name}' is no name of a variable")
        quoted = shlex.quote(to_text(value, nonstring="simplerepr"))
        words.append(f"{name}=" + quoted.replace("\n", "'\"$n\"'"))
    return "export " + " ".join(words) if words else ""


def tail(text):
    """The end of an error output, short enough for a message."""
    return text.strip()[-ERROR_TAIL_CHARACTERS:]


def masked(text, values):
    """The text with every string that was given to the task replaced by asterisks."""
    for value in values:
        if isinstance(value, dict):
            text = masked(text, [item for key, item in value.items() if not key.startswith("_ansible_")])
        elif isinstance(value, (list, tuple)):
            text = masked(text, value)
        elif isinstance(value, str) and len(value) >= SECRET_CHARACTERS_MIN:
            text = text.replace(value, "********")
    return text
