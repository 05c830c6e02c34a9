#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    FD_ATTEMPT = 3,
    FD_LOCK = 4,
    FD_SETTINGS = 5,
    FD_DONE = 6,
    /* Targets of runs that called this one: far above what this program opens itself. */
    FD_CALLERS_LOCK = 240,
    CALLERS_MAX = 3,
};

enum {
    EXIT_SETTINGS = 64, /* the settings cannot be read */
    EXIT_RECORD = 74,   /* a record cannot be written: the command was not started, or its end is unknown */
};

/* What the executor asks for. */
typedef struct {
    const char *token;      /* names this attempt; copied into both records */
    const char *folder;     /* working folder of the command */
    const char *logs;       /* folder of its logs, made when there is something to write */
    int64_t slot_bytes;     /* where its two sectors are in the attempt file */
    int64_t timeout_ms;     /* 0: no limit */
    int64_t kill_after_ms;  /* between SIGTERM and SIGKILL */
    int64_t log_bytes_max;  /* per stream; the rest is counted and dropped */
    char **argv;            /* NULL-terminated */
    const char **needles;   /* secrets in every form, longest first */
    size_t *needle_lengths; /* of each */
    size_t needle_count;
} settings;

int settings_read(int fd, settings *s);

int supervise(const settings *s, int folder);

/* record.c */
typedef struct {
    int signalled;     /* ended by a signal */
    int code;          /* exit status or signal */
    int timed_out;     /* SIGTERM was ours */
    int cancelled;     /* the executor asked us to end it */
    int exec_errno;    /* the command could not be started */
    int64_t stdout_bytes;
    int64_t stderr_bytes;
} ending;

int record_started(const settings *s, pid_t child);
int record_exited(const settings *s, const ending *e);
int64_t monotonic_ms(void);

/* mask.c: copies a stream to a log and replaces the needles, also where a write splits them. */
typedef struct {
    int in;             /* read end of the command's pipe, -1 when closed */
    const char *name;   /* its log, within the folder of logs */
    int log;            /* -1 until there is something to write */
    char *pending;      /* bytes that may be the beginning of a needle */
    size_t pending_count;
    int64_t written;
    int64_t total;
    int64_t bytes_max;
    const settings *s;
} stream;

int stream_open(stream *st, int in, const char *name, const settings *s);
void stream_read(stream *st);
void stream_end(stream *st);

/* fault.c: dies on purpose at the point that a test names; inert otherwise. */
void fault_point(const char *name);
