/* Loaded into the executor (LD_PRELOAD) by checks/faults.sh: the kernel's refusals, at a call of the test's choice.

     FAULTY_CALL=<write|journal|sync|allocate|truncate>:<n>:<EIO|ENOSPC|EINTR|short>
                                    the n-th such call, from 1 on, ends so
     FAULTY_SYNC=skipped            a synchronisation says that it succeeded and does nothing (a seeded defect)
     FAULTY_CLOCK=<seconds>         the wall clock is off by so much
     FAULTY_BOOT=<file>             the boot's identifier is read from here
     FAULTY_REPORT=<file>           what came of it: `fired`, `started` (a supervisor behind a failure), `unsynchronised`
                                    (a supervisor while the journal has records that are not synchronised), and
                                    `durable <bytes>`, the length of the journal at each synchronisation

   `journal` counts the writes into the journal alone. Only calls on files below RUNBOOK_STATE_DIR count, and only those of the
   executor itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int passed, failed, dirty;

static void report(const char *word) {
    const char *path = getenv("FAULTY_REPORT");
    if (path == NULL) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    syscall(SYS_write, fd, word, strlen(word));
    close(fd);
}

static int is_executor(void) { return strcmp(program_invocation_short_name, "runbook") == 0; }

/* Whether the descriptor is a file of the state folder; `path` is its path then. */
static int is_state(int fd, char *path, size_t size) {
    const char *folder = getenv("RUNBOOK_STATE_DIR");
    char link[64];
    if (folder == NULL || !is_executor()) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    path[n > 0 ? n : 0] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_journal(const char *path) {
    const char *name = strrchr(path, '/');
    return name != NULL && strcmp(name, "/journal.jsonl") == 0;
}

/* How this call is to end; NULL when it is an ordinary one. */
static const char *fault(const char *call) {
    const char *wanted = getenv("FAULTY_CALL");
    size_t length = strlen(call);
    if (wanted == NULL || strncmp(wanted, call, length) != 0 || wanted[length] != ':') return NULL;
    char *end;
    long number = strtol(wanted + length + 1, &end, 10);
    if (++passed != number || *end != ':') return NULL;
    report("fired\n");
    return end + 1;
}

static int error_of(const char *name) {
    failed = strcmp(name, "EINTR") != 0;
    return strcmp(name, "EIO") == 0 ? EIO : strcmp(name, "ENOSPC") == 0 ? ENOSPC : EINTR;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[4096];
    if (is_state(fd, path, sizeof path)) {
        if (is_journal(path)) dirty = 1;
        const char *how = fault("write");
        if (how == NULL && is_journal(path)) how = fault("journal");
        if (how != NULL && strcmp(how, "short") == 0 && count > 1) return syscall(SYS_write, fd, bytes, count / 2);
        if (how != NULL && strcmp(how, "short") != 0) {
            errno = error_of(how);
            return -1;
        }
    }
    return syscall(SYS_write, fd, bytes, count);
}

static int synchronise(int fd, long call) {
    char path[4096];
    if (is_state(fd, path, sizeof path)) {
        const char *how = fault("sync");
        if (how != NULL) {
            errno = error_of(how);
            failed = 1;
            return -1;
        }
        const char *skipped = getenv("FAULTY_SYNC");
        if (skipped != NULL && strcmp(skipped, "skipped") == 0) return 0;
        int result = (int)syscall(call, fd);
        struct stat state;
        if (result == 0 && is_journal(path) && fstat(fd, &state) == 0) {
            char line[64];
            dirty = 0;
            snprintf(line, sizeof line, "durable %lld\n", (long long)state.st_size);
            report(line);
        }
        return result;
    }
    return (int)syscall(call, fd);
}

int fdatasync(int fd) { return synchronise(fd, SYS_fdatasync); }
int fsync(int fd) { return synchronise(fd, SYS_fsync); }

int posix_fallocate(int fd, off_t offset, off_t length) {
    char path[4096];
    const char *how = is_state(fd, path, sizeof path) ? fault("allocate") : NULL;
    if (how != NULL) return error_of(how);
    return syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
}

int ftruncate(int fd, off_t length) {
    char path[4096];
    const char *how = is_state(fd, path, sizeof path) ? fault("truncate") : NULL;
    if (how != NULL) {
        errno = error_of(how);
        return -1;
    }
    return (int)syscall(SYS_ftruncate, fd, length);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    const char *seconds = getenv("FAULTY_CLOCK");
    if (seconds != NULL && clock == CLOCK_REALTIME && is_executor()) time->tv_sec += atol(seconds);
    return result;
}

FILE *fopen(const char *path, const char *mode) {
    FILE *(*real)(const char *, const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "fopen");
    const char *boot = getenv("FAULTY_BOOT");
    if (boot != NULL && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0) path = boot;
    return real(path, mode);
}

/* The executor starts a supervisor by vfork and this: what is asked here still is the executor's memory. */
int execve(const char *path, char *const arguments[], char *const environment[]) {
    if (is_executor() && failed) report("started\n");
    if (is_executor() && dirty) report("unsynchronised\n");
    return (int)syscall(SYS_execve, path, arguments, environment);
}
