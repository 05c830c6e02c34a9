#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mask[] = "********";

enum { chunk_bytes = 65536 };

static size_t longest_needle(const settings *s) {
    size_t longest = 0;
    for (size_t i = 0; i < s->needle_count; i++) {
        if (s->needle_lengths[i] > longest) longest = s->needle_lengths[i];
    }
    return longest;
}

int stream_open(stream *st, int in, const char *name, const settings *s) {
    memset(st, 0, sizeof *st);
    st->in = in;
    st->name = name;
    st->log = -1;
    st->s = s;
    st->bytes_max = s->log_bytes_max;
    st->pending = malloc(chunk_bytes + longest_needle(s) + 1);
    return st->pending == NULL ? -1 : 0;
}

/* Most commands say nothing: a log is made when there is something to write. */
static int open_log(stream *st) {
    if (st->log >= 0) return 0;
    mkdir(st->s->logs, 0700);
    int folder = open(st->s->logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    st->log = openat(folder, st->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    close(folder);
    return st->log >= 0 ? 0 : -1;
}

static void write_log(stream *st, const char *bytes, size_t count) {
    if (count > 0 && open_log(st) != 0) return;
    if (st->written + (int64_t)count > st->bytes_max) {
        count = st->written < st->bytes_max ? (size_t)(st->bytes_max - st->written) : 0;
    }
    while (count > 0) {
        ssize_t n = write(st->log, bytes, count);
        if (n < 0 && errno == EINTR) continue;
        /* A full disk must not stop the command; what is lost shows in the count of the record. */
        if (n <= 0) return;
        st->written += n;
        bytes += n;
        count -= (size_t)n;
    }
}

/* The longest needle at this place; `is_cut` when the end of the text cuts off one that would be longer. */
static size_t needle_at(const stream *st, size_t at, int *is_cut) {
    size_t rest = st->pending_count - at;
    for (size_t i = 0; i < st->s->needle_count; i++) {
        const char *needle = st->s->needles[i];
        size_t length = st->s->needle_lengths[i];
        /* Most places differ in the first byte. */
        if (length == 0 || *needle != st->pending[at]) continue;
        if (rest >= length && memcmp(st->pending + at, needle, length) == 0) return length;
        if (rest < length && memcmp(st->pending + at, needle, rest) == 0) *is_cut = 1;
    }
    return 0;
}

/* Writes what is decided; `is_end` means that nothing follows which could complete a needle. */
static void flush(stream *st, int is_end) {
    size_t at = 0, start = 0;
    while (at < st->pending_count) {
        int is_cut = 0;
        size_t length = needle_at(st, at, &is_cut);
        if (is_cut && !is_end) break;
        if (length > 0) {
            write_log(st, st->pending + start, at - start);
            write_log(st, mask, sizeof mask - 1);
            at += length;
            start = at;
        } else {
            at++;
        }
    }
    write_log(st, st->pending + start, at - start);
    memmove(st->pending, st->pending + at, st->pending_count - at);
    st->pending_count -= at;
}

void stream_read(stream *st) {
    ssize_t n = read(st->in, st->pending + st->pending_count, chunk_bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
        close(st->in);
        st->in = -1;
        return;
    }
    st->pending_count += (size_t)n;
    st->total += n;
    flush(st, 0);
}

void stream_end(stream *st) {
    flush(st, 1);
    if (st->written > 0) fdatasync(st->log);
}
