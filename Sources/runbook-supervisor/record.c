#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A record is one line in a sector of its own, so that one write never touches the other:
     started token=… pid=… supervisor=… boot=… wall=… mono=… sum=…
     exited token=… kind=exit|signal code=… timed_out=… cancelled=… errno=… out=… err=… wall=… mono=… sum=…
   `sum` is FNV-1a of what precedes it: a torn record is no record. Times are milliseconds. */

enum { sector = 512 };

typedef struct {
    char bytes[sector];
    size_t length;
    int is_cut; /* there was no room for everything */
} line;

static void put(line *l, const char *text) {
    size_t count = strlen(text);
    if (count > sector - l->length) {
        l->is_cut = 1;
        return;
    }
    memcpy(l->bytes + l->length, text, count);
    l->length += count;
}

static void put_number(line *l, const char *name, int64_t number) {
    char digits[24], *first = digits + sizeof digits - 1;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    *first = 0;
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) *--first = '-';
    put(l, name);
    put(l, first);
}

static void put_hex(line *l, uint64_t number) {
    char digits[17];
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
    digits[16] = 0;
    put(l, digits);
}

int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The boot's identifier: a record of another boot belongs to a process that cannot live any more. */
static void boot_id(char *text, size_t size) {
    text[0] = 0;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *end = strchr(text, '\n');
    if (end != NULL) *end = 0;
}

static uint64_t fnv1a(const char *text, size_t length) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash;
}

static int write_durably(line *l, off_t offset, const char *fault) {
    uint64_t sum = fnv1a(l->bytes, l->length);
    put(l, " sum=");
    put_hex(l, sum);
    put(l, "\n");
    if (l->is_cut) return -1;
    memset(l->bytes + l->length, 0, sector - l->length);
    size_t done = 0;
    while (done < sector) {
        ssize_t n = pwrite(FD_ATTEMPT, l->bytes + done, sector - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        done += (size_t)n;
    }
    fault_point(fault);
    /* After a failed sync nothing is known of the pages: no second try. */
    return fdatasync(FD_ATTEMPT);
}

int record_started(const settings *s, pid_t child) {
    line l = {.length = 0};
    char boot[64];
    boot_id(boot, sizeof boot);
    put(&l, "started token=");
    put(&l, s->token);
    put_number(&l, " pid=", child);
    put_number(&l, " supervisor=", getpid());
    put(&l, " boot=");
    put(&l, boot);
    put_number(&l, " wall=", wall_ms());
    put_number(&l, " mono=", monotonic_ms());
    return write_durably(&l, (off_t)s->slot_bytes, "supervisor.started.written");
}

int record_exited(const settings *s, const ending *e) {
    line l = {.length = 0};
    put(&l, "exited token=");
    put(&l, s->token);
    put(&l, e->signalled ? " kind=signal" : " kind=exit");
    put_number(&l, " code=", e->code);
    put_number(&l, " timed_out=", e->timed_out);
    put_number(&l, " cancelled=", e->cancelled);
    put_number(&l, " errno=", e->exec_errno);
    put_number(&l, " out=", e->stdout_bytes);
    put_number(&l, " err=", e->stderr_bytes);
    put_number(&l, " wall=", wall_ms());
    put_number(&l, " mono=", monotonic_ms());
    return write_durably(&l, (off_t)s->slot_bytes + sector, "supervisor.exited.written");
}
