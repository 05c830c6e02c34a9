"""`json_checks.py VERB FILE PAGE`: every line is an object with exactly the members that the page's section has."""

import json
import re
import sys

KINDS = {"text": str, "number": int, "truth": bool, "list": list, "object": dict}


def members(page, verb):
    section = re.search(r"\n## `%s`\n(.*?)(?=\n## |\Z)" % verb, page, re.S)
    assert section, "no section of " + verb
    found = re.findall(r"\n\| `([a-z_.\[\]]+)` \| ([a-z, ]+) \|", section[1])
    assert found, "no members of " + verb
    return {name: [kind.strip() for kind in kinds.split(",")] for name, kinds in found}


def check(value, known, prefix):
    names = {name[len(prefix):] for name in known if name.startswith(prefix) and "." not in name[len(prefix):]}
    for name in names | set(value):
        assert name in names, "%s%s is not on the page" % (prefix, name)
        kinds = known[prefix + name]
        if name not in value:
            assert "absent" in kinds, "%s%s is missing" % (prefix, name)
            continue
        item = value[name]
        right = (item is None and "null" in kinds) or any(
            kind in KINDS and type(item) is KINDS[kind] for kind in kinds)
        assert right, "%s%s is %r and not %s" % (prefix, name, item, kinds)
        inner = prefix + name + "[]."
        if isinstance(item, list) and any(other.startswith(inner) for other in known):
            for element in item:
                check(element, known, inner)


lines = open(sys.argv[2], encoding="utf-8").read().splitlines()
assert lines, "nothing was said"
known = members(open(sys.argv[3], encoding="utf-8").read(), sys.argv[1])
for line in lines:
    check(json.loads(line), known, "")
print("right")
