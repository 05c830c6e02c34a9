"""`report_checks.py FILE.html FILE.md HEAD`: what a report must be for a reader, a browser, a printer, and an auditor."""

import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "br"}
EXPECTED = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "dt", "dd", "table", "thead", "tbody", "tr",
            "th", "td", "code", "br"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.rows, self.text, self.language = [], set(), [], "", None

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        names = {name for name, _ in attributes}
        assert not names & {"src", "href", "onclick", "onerror", "srcset", "action"}, "from elsewhere: %s %s" % (tag, attributes)
        if tag == "html":
            self.language = dict(attributes)["lang"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, "</%s> closes %s" % (tag, self.open[-3:])
        self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            assert "@media print" in data and "url(" not in data and "@import" not in data
            return
        self.text += data
        if self.open and ({"td", "th"} & set(self.open)):
            self.rows[-1][-1] += data


def check_html(path, head):
    source = open(path, encoding="utf-8").read()
    assert source.startswith("<!DOCTYPE html>")
    page = Page()
    page.feed(source)
    page.close()
    assert not page.open, "not closed: %s" % page.open
    assert page.tags <= EXPECTED, "tags that no report has: %s" % (page.tags - EXPECTED)
    assert page.language in ("fr", "en")
    assert head in page.text, "the hash of the journal's last record"
    widths = {}
    for row in page.rows:
        widths.setdefault(len(row), []).append(row)
    assert set(widths) <= {4, 7}, "rows of other widths: %s" % set(widths)
    assert not re.search(r"<script|<img|<svg|<iframe|<link|<object", source), "nothing is fetched or executed"
    assert all(c.isprintable() or c in "\n\t" for c in source), "control characters"
    return page


def check_markdown(path, head):
    lines = open(path, encoding="utf-8").read().split("\n")
    assert lines[0].startswith("# ") and head in "\n".join(lines)
    table = [line for line in lines if line.startswith("|")]
    for line in table:
        cells = re.sub(r"\\\\|\\\|", "", line).count("|") - 1
        assert cells == 7, "%d cells: %s" % (cells, line)
    text = re.sub(r"\\.", "", "\n".join(lines)).replace("<br>", "")
    assert "<" not in text, "tags: " + text
    return "\n".join(lines)


page = check_html(sys.argv[1], sys.argv[3])
markdown = check_markdown(sys.argv[2], sys.argv[3])
for word in sys.argv[4:]:
    assert word in page.text, "%s is not in the page: %s" % (word, page.text)
    plain = re.sub(r"\\(.)", r"\1", markdown)
    assert word in plain, "%s is not in the Markdown: %s" % (word, plain)
print("right")
