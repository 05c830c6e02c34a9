#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

int vigie_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int vigie_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

pid_t vigie_spawn(const char *path, char *const arguments[], char *const variables[],
                  const vigie_descriptor *descriptors, size_t count) {
    sigset_t all, before;
    /* The child has our memory until it executes: no handler of ours may run there. */
    volatile int reason = 0;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        for (size_t i = 0; i < count; i++) {
            if (dup2(descriptors[i].ours, descriptors[i].theirs) < 0) {
                reason = errno;
                _exit(127);
            }
        }
        execve(path, arguments, variables);
        reason = errno;
        _exit(127);
    }
    if (child < 0) reason = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (reason == 0) return child;
    if (child > 0) waitpid(child, NULL, 0);
    errno = reason;
    return -1;
}

long vigie_file_system_type(const char *path) {
    struct statfs answer;
    return statfs(path, &answer) == 0 ? (long)(unsigned int)answer.f_type : -1;
}
