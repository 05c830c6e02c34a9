"""Forms in which programs repeat a secret, made by the programs themselves: Python's libraries, bash, coreutils, base64, xxd.

`secret_forms.py golden` prints the corpus of Tests/RunbookRuntimeTests; `forms` is for the tests of whole runs.
"""

import base64
import html
import json
import os
import re
import shlex
import subprocess
import sys
import urllib.parse

SECRETS = [
    "Secret-Passw0rd", "motdepasse", "s3cr", "it's \"quoted\" \\ $HOME `x`!", "ligne1=a\nligne2=b\nfin",
    "Pâss-é-ü-€-𝄞", "100%sur%20+/=&?#", "c2VjcmV0IGJhc2U2NA==", "abcdef", "cdefgh", "abcdefghij", "<b>&'amp;'</b>",
    "\ttab\x07bell\x1b[31m", "a:b\\c:d", " deux  mots ", "0123456789" * 20,
]


def _bash(script, secret, locale="C.UTF-8"):
    environment = {"LC_ALL": locale, "V": secret, "PATH": os.environ["PATH"]}
    return subprocess.run(["bash", "-c", script], env=environment, capture_output=True, check=True).stdout.strip(b"\n")


def _json(secret):
    for ascii_only in (True, False):
        text = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        for slashed in (text, text.replace("/", "\\/")):
            yield slashed
            yield slashed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    upper = "".join(c if c.isascii() else "".join("\\u%04X" % u for u in _utf16(c)) for c in secret)
    yield json.dumps(upper)[1:-1].replace("\\\\u", "\\u")


def _utf16(character):
    units = character.encode("utf-16-be")
    return [int.from_bytes(units[i:i + 2], "big") for i in range(0, len(units), 2)]


def _urls(secret):
    for safe in ("", "/", "!'()*", "!'()*;,/?:@&=+$#"):
        for quote in (urllib.parse.quote, urllib.parse.quote_plus):
            if quote is urllib.parse.quote_plus and "+" in safe:
                continue
            text = quote(secret, safe=safe)
            yield text
            yield re.sub("%..", lambda found: found[0].lower(), text)


def _shells(secret):
    for text in (_bash('printf %q "$V"', secret), _bash('printf %q "$V"', secret, "C"),
                 _bash('env printf %q "$V"', secret), _bash('env printf %q "$V"', secret, "C"),
                 _bash('echo "${V@Q}"', secret), shlex.quote(secret).encode(),
                 ("'" + secret.replace("'", "'\\''") + "'").encode()):
        # Quotes around the whole belong to the shell, not to the secret.
        if text[:2] in (b"$'", b"''"):
            text = text[2:]
        yield text.removeprefix(b"$'").removeprefix(b"'").removesuffix(b"'").removesuffix(b"'")
    yield "".join("\\" + c if c in '"$`\\' else c for c in secret).encode()


def _others(secret):
    yield secret.replace("'", "''")
    yield secret.replace("\\", "\\\\")
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield html.escape(secret).replace("&#x27;", "&#39;")
    yield repr(secret)[1:-1]
    yield ascii(secret)[1:-1]
    yield repr(secret.encode())[2:-1]


def _base64(data):
    """Alone, with the line end of `echo`, in both alphabets, without filling, and behind and ahead of other bytes."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for tail in (b"", b"\n"):
            yield encode(data + tail), encode(data + tail)
            yield encode(data + tail).rstrip(b"="), encode(data + tail).rstrip(b"=")
        for before in range(3):
            for behind in range(3):
                whole = encode(b"u" * before + data + b"z" * behind)
                first, last = (8 * before + 5) // 6, 8 * (before + len(data)) // 6
                yield whole, whole[first:last]
    lines = base64.encodebytes(data)
    yield lines, lines.strip()


def forms(secret):
    """Pairs of a text that a program prints, and the part of it that the secret alone decides."""
    data = secret.encode()
    pairs = [(data, data)]
    for text in list(_json(secret)) + list(_urls(secret)) + list(_others(secret)):
        pairs.append((text.encode(),) * 2)
    pairs += [(text, text) for text in _shells(secret)]
    pairs += list(_base64(data))
    for digits in (data.hex(), data.hex().upper(), data.hex(" "), data.hex(":"),
                   "\n".join(data.hex()[i:i + 60] for i in range(0, 2 * len(data), 60)),
                   "".join("\\x%02x" % byte for byte in data)):
        pairs.append((digits.encode(),) * 2)
    return sorted({pair for pair in pairs if len(pair[1]) >= 4})


def golden():
    for secret in SECRETS:
        print("secret", secret.encode().hex())
    for secret in SECRETS:
        for text, part in forms(secret):
            print("form", text.hex(), part.hex())


if __name__ == "__main__":
    assert sys.argv[1:] == ["golden"], "usage: secret_forms.py golden"
    golden()
