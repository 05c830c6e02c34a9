#include "supervisor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Texts, each ended by NUL: version, token, folder, log folder, place of the sectors, timeout, kill-after, log limit, argument count, arguments,
   number of secret texts, the texts, each behind `~` (loose, see redaction.h) or `=`. They come through an anonymous file: no argument list and no environment shows them. */

static const size_t settings_bytes_max = 64 * 1024 * 1024;

static char *read_all(int fd, size_t *length) {
    size_t capacity = 65536, used = 0;
    char *text = malloc(capacity);
    while (text != NULL) {
        if (used == capacity) {
            if (capacity >= settings_bytes_max) return NULL;
            capacity *= 2;
            char *larger = realloc(text, capacity);
            if (larger == NULL) return NULL;
            text = larger;
        }
        ssize_t n = read(fd, text + used, capacity - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return NULL;
        if (n == 0) break;
        used += (size_t)n;
    }
    *length = used;
    return text;
}

typedef struct {
    char *next;
    char *end;
} reader;

static char *next_text(reader *r) {
    if (r->next == NULL || r->next >= r->end) return NULL;
    char *text = r->next;
    char *nul = memchr(text, 0, (size_t)(r->end - text));
    if (nul == NULL) return NULL;
    r->next = nul + 1;
    return text;
}

static int next_number(reader *r, int64_t *number) {
    char *text = next_text(r);
    if (text == NULL || *text == 0) return -1;
    *number = 0;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9') return -1;
        if (__builtin_mul_overflow(*number, 10, number) || __builtin_add_overflow(*number, *text - '0', number)) return -1;
    }
    return 0;
}

int settings_read(int fd, settings *s) {
    reader r;
    size_t length = 0;
    r.next = read_all(fd, &length);
    if (r.next == NULL) return -1;
    r.end = r.next + length;
    int64_t version, count;
    if (next_number(&r, &version) != 0 || version != 3) return -1;
    if ((s->token = next_text(&r)) == NULL || (s->folder = next_text(&r)) == NULL) return -1;
    if ((s->logs = next_text(&r)) == NULL || next_number(&r, &s->slot_bytes) != 0) return -1;
    if (next_number(&r, &s->timeout_ms) != 0 || next_number(&r, &s->kill_after_ms) != 0) return -1;
    if (next_number(&r, &s->log_bytes_max) != 0 || next_number(&r, &count) != 0 || count < 1) return -1;
    s->argv = calloc((size_t)count + 1, sizeof *s->argv);
    if (s->argv == NULL) return -1;
    for (int64_t i = 0; i < count; i++) {
        if ((s->argv[i] = next_text(&r)) == NULL) return -1;
    }
    if (next_number(&r, &count) != 0) return -1;
    if ((s->secrets = redactor_open()) == NULL) return -1;
    for (int64_t i = 0; i < count; i++) {
        char *text = next_text(&r);
        if (text == NULL || (*text != '~' && *text != '=')) return -1;
        if (redactor_add(s->secrets, text + 1, strlen(text + 1), *text == '~') != 0) return -1;
    }
    return redactor_link(s->secrets);
}
