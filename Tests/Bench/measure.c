/* measure COMMAND...: runs it once and prints "<wall us> <CPU us> <peak RSS KiB> <status>".
 *
 * A small program of its own, because the kernel counts the memory of the process that forks into the peak of
 * the one that is started, and an interpreter would drown what is measured. The CPU time is that of every process
 * the command starts, also of those that leave it: they come to us when their parent ends. The wall time ends with
 * the command, the peak is its own or its largest child's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

int main(int count, char **arguments) {
    struct timespec start, end;
    struct rusage usage, all;
    int status;
    if (count < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 2;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        execvp(arguments[1], arguments + 1);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) != child) return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);
    while (wait(NULL) > 0 || errno == EINTR) {}
    if (getrusage(RUSAGE_CHILDREN, &all) != 0) return 2;
    printf("%lld %lld %ld %d\n",
           (end.tv_sec - start.tv_sec) * 1000000LL + (end.tv_nsec - start.tv_nsec) / 1000,
           microseconds(all.ru_utime) + microseconds(all.ru_stime), usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
