#include "supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* RUNBOOK_SUPERVISOR_FAULT=<name> kills this process with SIGKILL at that point; RUNBOOK_SUPERVISOR_FAULT=executor:<name>
   kills the executor instead. RUNBOOK_FAULT_TRACE=<file> lists the points that were passed. Tests set them. */

static void trace(const char *name) {
    const char *path = getenv("RUNBOOK_FAULT_TRACE");
    if (path == NULL) return;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    /* One write, since the executor appends to the same file; a test that misses a point says so itself. */
    struct iovec parts[] = {{(char *)name, strlen(name)}, {"\n", 1}};
    ssize_t written = writev(fd, parts, 2);
    (void)written;
    close(fd);
}

void fault_point(const char *name) {
    trace(name);
    const char *wanted = getenv("RUNBOOK_SUPERVISOR_FAULT");
    if (wanted == NULL) return;
    if (strcmp(wanted, name) == 0) kill(getpid(), SIGKILL);
    if (strncmp(wanted, "executor:", 9) == 0 && strcmp(wanted + 9, name) == 0) kill(getppid(), SIGKILL);
}
