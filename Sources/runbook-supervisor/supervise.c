#define _GNU_SOURCE
#include "supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    drain_ms = 200, /* output that is on its way when the command ends */
};

typedef struct {
    pid_t pid;
    int go;          /* one byte lets the child execute the command */
    int exec_errno;  /* pipe: the child's errno when it cannot */
    stream out, err;
} child;

/* We begin with every signal blocked: one that came meanwhile is still there. */
static void block_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigprocmask(SIG_SETMASK, set, NULL);
}

static void become_command(const settings *s, int folder, int go, int report, int out, int err) {
    char byte;
    /* No byte: the supervisor died before the start was durable, so the command must not run. */
    if (read(go, &byte, 1) != 1) _exit(125);
    setpgid(0, 0);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (folder < 0 || fchdir(folder) == 0) execvp(s->argv[0], s->argv);
    int reason = errno;
    if (write(report, &reason, sizeof reason) < 0) _exit(126);
    _exit(127);
}

static int start(const settings *s, int folder, child *c) {
    int go[2], report[2], out[2], err[2];
    if (pipe2(go, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) return -1;
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) return -1;
    c->pid = fork();
    if (c->pid < 0) return -1;
    if (c->pid == 0) {
        close(go[1]);
        become_command(s, folder, go[0], report[1], out[1], err[1]);
    }
    /* Both sides set the group, so that it exists before anybody signals it. */
    setpgid(c->pid, c->pid);
    close(go[0]);
    close(report[1]);
    close(out[1]);
    close(err[1]);
    c->go = go[1];
    c->exec_errno = report[0];
    return stream_open(&c->out, out[0], "stdout.log", s) | stream_open(&c->err, err[0], "stderr.log", s);
}

/* Waits for output or a signal; returns the signal's number or 0. */
static int wait_event(child *c, int signals, int64_t ms) {
    struct pollfd fds[3] = {
        {.fd = signals, .events = POLLIN}, {.fd = c->out.in, .events = POLLIN}, {.fd = c->err.in, .events = POLLIN}};
    if (poll(fds, 3, ms < 0 ? -1 : ms > 60000 ? 60000 : (int)ms) <= 0) return 0;
    if (c->out.in >= 0 && fds[1].revents != 0) stream_read(&c->out);
    if (c->err.in >= 0 && fds[2].revents != 0) stream_read(&c->err);
    struct signalfd_siginfo info;
    if ((fds[0].revents & POLLIN) != 0 && read(signals, &info, sizeof info) == sizeof info) return (int)info.ssi_signo;
    return 0;
}

/* Reaps what has ended, orphans of the command too; 1 when the command itself has. */
static int reap(child *c, int *status) {
    int ended = 0, one;
    pid_t pid;
    while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
        if (pid == c->pid) {
            *status = one;
            ended = 1;
        }
    }
    return ended;
}

static void wait_for_end(const settings *s, child *c, int signals, ending *e) {
    int64_t begin = monotonic_ms(), term_at = s->timeout_ms > 0 ? begin + s->timeout_ms : -1, kill_at = -1;
    int status = 0;
    while (!reap(c, &status)) {
        int64_t now = monotonic_ms(), deadline = kill_at >= 0 ? kill_at : term_at;
        int signal_number = wait_event(c, signals, deadline < 0 ? -1 : deadline > now ? deadline - now : 0);
        now = monotonic_ms();
        int must_end = term_at >= 0 && now >= term_at && kill_at < 0;
        if (must_end || (signal_number == SIGTERM && kill_at < 0)) {
            e->timed_out = must_end;
            e->cancelled = !must_end;
            kill(-c->pid, SIGTERM);
            kill_at = now + s->kill_after_ms;
        } else if (kill_at >= 0 && now >= kill_at) {
            kill(-c->pid, SIGKILL);
            kill_at = now + 1000;
        }
    }
    /* What ignored SIGTERM in the group must not go on working beside an attempt that counts as ended. */
    if (e->timed_out || e->cancelled) kill(-c->pid, SIGKILL);
    e->signalled = WIFSIGNALED(status);
    e->code = e->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void drain(child *c, int signals, int64_t ms) {
    int64_t end = monotonic_ms() + ms;
    while ((c->out.in >= 0 || c->err.in >= 0) && (ms < 0 || monotonic_ms() < end)) {
        wait_event(c, signals, ms < 0 ? -1 : end - monotonic_ms());
        int ignored;
        reap(c, &ignored);
    }
    stream_end(&c->out);
    stream_end(&c->err);
}

/* The values that the command leaves for later steps must be as durable as its end. */
static void sync_outputs(void) {
    const char *path = getenv("RB_OUT");
    DIR *folder = path == NULL ? NULL : opendir(path);
    if (folder == NULL) return;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.') continue;
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) continue;
        fdatasync(fd);
        close(fd);
    }
    closedir(folder);
}

int supervise(const settings *s, int folder) {
    sigset_t set;
    block_signals(&set);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    child c;
    if (signals < 0 || start(s, folder, &c) != 0) return EXIT_RECORD;
    fault_point("supervisor.forked");
    if (record_started(s, c.pid) != 0) {
        /* Nobody wrote the byte: the child ends by itself. */
        return EXIT_RECORD;
    }
    fault_point("supervisor.started.durable");
    if (write(c.go, "g", 1) != 1) return EXIT_RECORD;
    close(c.go);
    ending e;
    memset(&e, 0, sizeof e);
    wait_for_end(s, &c, signals, &e);
    fault_point("supervisor.command.ended");
    drain(&c, signals, drain_ms);
    if (read(c.exec_errno, &e.exec_errno, sizeof e.exec_errno) != sizeof e.exec_errno) e.exec_errno = 0;
    sync_outputs();
    e.stdout_bytes = c.out.total;
    e.stderr_bytes = c.err.total;
    if (record_exited(s, &e) != 0) return EXIT_RECORD;
    fault_point("supervisor.exited.durable");
    close(FD_LOCK);
    for (int i = 0; i < CALLERS_MAX; i++) close(FD_CALLERS_LOCK + i);
    close(FD_DONE);
    /* A daemon that the command left behind may still write to our pipes: it must not die of that. */
    drain(&c, signals, -1);
    return 0;
}
