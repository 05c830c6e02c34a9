#pragma once

#include <stddef.h>
#include <sys/types.h>

/* System calls that Swift's Glibc module does not show, because they are GNU extensions. */

/* A pipe whose ends no child inherits; 0, or -1 and errno. */
int vigie_pipe(int ends[2]);

/* An anonymous file that no child inherits; a descriptor, or -1 and errno. */
int vigie_memory_file(const char *name);

/* A descriptor of ours, and the number that a program finds it under. */
typedef struct {
    int ours;
    int theirs;
} vigie_descriptor;

/* Starts a program that has these descriptors and those that are not closed on exec; the process, or -1 and errno.

   Our numbers must be others than theirs. The program begins with every signal blocked, and takes those that it wants:
   none is lost, and none ends it before it is ready. posix_spawn would be 0.04 ms more, which a runbook pays at every
   step: it asks for each signal twice, and for the limit of descriptors at each descriptor. */
pid_t vigie_spawn(const char *path, char *const arguments[], char *const variables[],
                  const vigie_descriptor *descriptors, size_t count);

/* The type of the file system under a path, as statfs(2) numbers them; or -1 and errno. */
long vigie_file_system_type(const char *path);
