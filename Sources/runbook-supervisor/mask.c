#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { chunk_bytes = 65536 };

int stream_open(stream *st, int in, const char *name, const settings *s) {
    memset(st, 0, sizeof *st);
    st->in = in;
    st->name = name;
    st->log = -1;
    st->s = s;
    st->bytes_max = s->log_bytes_max;
    st->chunk = malloc(chunk_bytes);
    st->shown = malloc(chunk_bytes);
    st->redaction = redaction_open(s->secrets);
    return st->chunk == NULL || st->shown == NULL || st->redaction == NULL ? -1 : 0;
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

static void flush(stream *st) {
    write_log(st, st->shown, st->shown_count);
    st->shown_count = 0;
}

/* Collects what may be shown, which comes in small pieces around what may not. */
static void keep(void *context, const char *bytes, size_t count) {
    stream *st = context;
    while (count > 0) {
        if (st->shown_count == chunk_bytes) flush(st);
        size_t room = chunk_bytes - st->shown_count, part = count < room ? count : room;
        memcpy(st->shown + st->shown_count, bytes, part);
        st->shown_count += part;
        bytes += part;
        count -= part;
    }
}

static void redact(stream *st, size_t count, int is_end) {
    /* Without memory nothing more may be shown: what cannot be looked at may be a secret. */
    if (st->is_blind) return;
    st->is_blind = redaction_feed(st->redaction, st->chunk, count, is_end, keep, st) != 0;
    flush(st);
}

void stream_read(stream *st) {
    ssize_t n = read(st->in, st->chunk, chunk_bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
        close(st->in);
        st->in = -1;
        return;
    }
    st->total += n;
    redact(st, (size_t)n, 0);
}

void stream_end(stream *st) {
    /* What an open stream may still complete is not shown: it may be the first half of a secret. */
    if (st->in < 0) redact(st, 0, 1);
    if (st->written > 0) fdatasync(st->log);
}
