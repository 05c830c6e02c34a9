#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A record is one line in a sector of its own, so that one write never touches the other:
     started token=… pid=… supervisor=… boot=… wall=… mono=… sum=…
     exited token=… kind=exit|signal code=… timed_out=… cancelled=… errno=… out=… err=… wall=… mono=… sum=…
   `sum` is FNV-1a of what precedes it: a torn record is no record. Times are milliseconds. */

enum { sector = 512 };

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
    text[strcspn(text, "\n")] = 0;
}

static uint64_t fnv1a(const char *text, size_t length) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash;
}

static int write_durably(char *line, int length, off_t offset, const char *fault) {
    if (length < 0 || length + 24 > sector) return -1;
    length += snprintf(line + length, sector - (size_t)length, " sum=%016llx\n",
                       (unsigned long long)fnv1a(line, (size_t)length));
    memset(line + length, 0, sector - (size_t)length);
    size_t done = 0;
    while (done < sector) {
        ssize_t n = pwrite(FD_ATTEMPT, line + done, sector - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        done += (size_t)n;
    }
    fault_point(fault);
    /* After a failed sync nothing is known of the pages: no second try. */
    return fdatasync(FD_ATTEMPT);
}

int record_started(const settings *s, pid_t child) {
    char line[sector], boot[64];
    boot_id(boot, sizeof boot);
    int length = snprintf(line, sizeof line, "started token=%s pid=%d supervisor=%d boot=%s wall=%lld mono=%lld", s->token,
                          (int)child, (int)getpid(), boot, (long long)wall_ms(), (long long)monotonic_ms());
    return write_durably(line, length, (off_t)s->slot_bytes, "supervisor.started.written");
}

int record_exited(const settings *s, const ending *e) {
    char line[sector];
    int length = snprintf(
        line, sizeof line,
        "exited token=%s kind=%s code=%d timed_out=%d cancelled=%d errno=%d out=%lld err=%lld wall=%lld mono=%lld", s->token,
        e->signalled ? "signal" : "exit", e->code, e->timed_out, e->cancelled, e->exec_errno,
        (long long)e->stdout_bytes, (long long)e->stderr_bytes, (long long)wall_ms(), (long long)monotonic_ms());
    return write_durably(line, length, (off_t)s->slot_bytes + sector, "supervisor.exited.written");
}
