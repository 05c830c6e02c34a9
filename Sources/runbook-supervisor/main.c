/* runbook-supervisor: starts one command, keeps its lock, writes down its start and its end.

   The executor may be killed at any moment; this program then goes on, so that the end of the command is known all
   the same. It is small and starts nothing but the command.

   Descriptors, given by the executor:
     3  attempt file: two sectors of it, `started` and `exited` (see record.c)
     4  target lock, held until the end of the command is durable; the command itself does not inherit it
     5  settings, a sequence of NUL-terminated texts (see settings.c)
     6  pipe of the executor, closed once the end is durable
   240  and further: target locks of the runs that called this one, held as long as 4; none when there is no such run
   0-2  standard input of the command, and nothing to write to */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void close_on_exec(void) {
    for (int fd = FD_ATTEMPT; fd <= FD_DONE; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
    for (int i = 0; i < CALLERS_MAX; i++) fcntl(FD_CALLERS_LOCK + i, F_SETFD, FD_CLOEXEC);
}

/* The terminal and the executor may go; only SIGTERM ends the command early. */
static void detach(void) {
    setsid();
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    /* Orphans of the command come to us, so that a group that was killed is waited for. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (chdir("/") != 0) {
        /* The folder that we were started in stays in use; nothing depends on it. */
    }
}

int main(void) {
    settings s;
    if (settings_read(FD_SETTINGS, &s) != 0) return EXIT_SETTINGS;
    int folder = open(s.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close_on_exec();
    detach();
    fault_point("supervisor.ready");
    return supervise(&s, folder);
}
