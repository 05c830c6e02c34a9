#include "redactor.h"

#include <stdlib.h>
#include <string.h>

static const char mask[] = "********";

enum {
    COVERED = 1,     /* part of a text */
    DIVIDES = 2,     /* between two parts of a loose text */
    dividers_max = 24, /* in a row: a line end and the indentation of the next line */
};

/* Where one automaton stands. */
typedef struct {
    int32_t at;
    size_t start; /* place of the beginning that `at` stands for */
    int dividers;
    int is_escape; /* a backslash was read, which may be half of a line end */
} cursor;

struct redaction {
    const redactor *set;
    char *pending;        /* what is not decided yet */
    unsigned char *flags; /* one for each byte of it */
    size_t count, capacity;
    cursor cursors[KINDS];
    size_t covered_from, covered_to; /* the last cover; bytes from..to-1 */
    int was_covered;                 /* the last byte that left was hidden: its neighbours need no mask of their own */
    size_t masks;
};

redaction *redaction_open(const redactor *r) {
    redaction *d = calloc(1, sizeof *d);
    if (d != NULL) d->set = r;
    return d;
}

void redaction_close(redaction *d) {
    if (d == NULL) return;
    free(d->pending);
    free(d->flags);
    free(d);
}

size_t redaction_count(const redaction *d) { return d->masks; }

static int push(redaction *d, char byte) {
    if (d->count == d->capacity) {
        size_t capacity = d->capacity == 0 ? 4096 : 2 * d->capacity;
        char *pending = realloc(d->pending, capacity);
        if (pending == NULL) return -1;
        d->pending = pending;
        unsigned char *flags = realloc(d->flags, capacity);
        if (flags == NULL) return -1;
        d->flags = flags;
        d->capacity = capacity;
    }
    d->pending[d->count] = byte;
    d->flags[d->count++] = 0;
    return 0;
}

/* The place behind `count` bytes of a text, and behind what divides them from the next. */
static size_t advance(const redaction *d, size_t from, int32_t count, int kind) {
    if (kind == EXACT) return from + (size_t)count;
    while (count > 0 || (from < d->count && (d->flags[from] & DIVIDES))) {
        if (!(d->flags[from] & DIVIDES)) count--;
        from++;
    }
    return from;
}

static void cover(redaction *d, size_t from) {
    size_t at = from, to = d->count;
    /* A repetitive text ends at every byte: what the last cover has is not covered again. */
    if (d->covered_from <= from && d->covered_to > from) {
        at = d->covered_to;
    } else {
        d->covered_from = from;
    }
    d->covered_to = to;
    for (; at < to; at++) d->flags[at] |= COVERED;
}

/* Whether the byte only divides a loose text: a blank, a line end, a colon, and `\n` as two letters. */
static int divides(cursor *c, unsigned char byte) {
    int is_blank = byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t' || byte == ':';
    int is_letter = c->is_escape && (byte == 'n' || byte == 'r' || byte == 't');
    c->is_escape = byte == '\\' && !c->is_escape;
    return is_blank || is_letter || c->is_escape;
}

/* The last byte of what is pending. */
static void step(redaction *d, int kind) {
    const trie *t = &d->set->tries[kind];
    cursor *c = &d->cursors[kind];
    size_t place = d->count - 1;
    unsigned char byte = (unsigned char)d->pending[place];
    if (kind == LOOSE) {
        if (c->at != 0 && divides(c, byte) && c->dividers < dividers_max) {
            c->dividers++;
            d->flags[place] |= DIVIDES;
            return;
        }
        c->dividers = 0;
        if (c->at == 0) c->is_escape = 0;
    }
    int32_t depth = t->nodes[c->at].depth;
    c->at = trie_step(t, c->at, byte);
    const node *n = &t->nodes[c->at];
    c->start = n->depth == 0 ? d->count : advance(d, c->start, depth + 1 - n->depth, kind);
    if (n->covers > 0) cover(d, advance(d, c->start, n->depth - n->covers, kind));
}

static void show(redaction *d, const char *bytes, size_t count, redaction_sink sink, void *context) {
    if (count == 0) return;
    d->was_covered = 0;
    sink(context, bytes, count);
}

static void hide(redaction *d, redaction_sink sink, void *context) {
    if (!d->was_covered) {
        d->masks++;
        sink(context, mask, sizeof mask - 1);
    }
    d->was_covered = 1;
}

/* Lets go of the first bytes that are pending. */
static void release(redaction *d, size_t decided, redaction_sink sink, void *context) {
    size_t at = 0;
    while (at < decided) {
        size_t end = at;
        int is_covered = d->flags[at] & COVERED;
        while (end < decided && (d->flags[end] & COVERED) == is_covered) end++;
        if (is_covered) {
            hide(d, sink, context);
        } else {
            show(d, d->pending + at, end - at, sink, context);
        }
        at = end;
    }
    d->count -= decided;
    memmove(d->pending, d->pending + decided, d->count);
    memmove(d->flags, d->flags + decided, d->count);
    for (int kind = 0; kind < KINDS; kind++) d->cursors[kind].start -= decided;
    d->covered_from = d->covered_from > decided ? d->covered_from - decided : 0;
    d->covered_to = d->covered_to > decided ? d->covered_to - decided : 0;
}

static int begins_nothing(const redaction *d, unsigned char byte) {
    return d->set->tries[EXACT].roots[byte] == 0 && d->set->tries[LOOSE].roots[byte] == 0;
}

static size_t decided_count(const redaction *d, int is_end) {
    if (is_end) return d->count;
    size_t decided = d->count;
    for (int kind = 0; kind < KINDS; kind++) {
        if (d->cursors[kind].start < decided) decided = d->cursors[kind].start;
    }
    return decided;
}

int redaction_feed(
    redaction *d, const char *bytes, size_t count, int is_end, redaction_sink sink, void *context) {
    size_t at = 0;
    while (at < count) {
        if (d->count == 0) {
            size_t end = at;
            while (end < count && begins_nothing(d, (unsigned char)bytes[end])) end++;
            show(d, bytes + at, end - at, sink, context);
            at = end;
            if (at == count) break;
        }
        if (push(d, bytes[at++]) != 0) return -1;
        for (int kind = 0; kind < KINDS; kind++) step(d, kind);
        if (decided_count(d, 0) == d->count) release(d, d->count, sink, context);
    }
    size_t decided = decided_count(d, is_end);
    if (decided > 0) release(d, decided, sink, context);
    return 0;
}
