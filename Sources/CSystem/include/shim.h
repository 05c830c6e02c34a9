#pragma once

/* System calls that Swift's Glibc module does not show, because they are GNU extensions. */

/* A pipe whose ends no child inherits; 0, or -1 and errno. */
int vigie_pipe(int ends[2]);

/* An anonymous file that no child inherits; a descriptor, or -1 and errno. */
int vigie_memory_file(const char *name);

/* The type of the file system under a path, as statfs(2) numbers them; or -1 and errno. */
long vigie_file_system_type(const char *path);
