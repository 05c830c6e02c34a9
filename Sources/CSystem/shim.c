#define _GNU_SOURCE
#include "shim.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

int vigie_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int vigie_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

long vigie_file_system_type(const char *path) {
    struct statfs answer;
    return statfs(path, &answer) == 0 ? (long)(unsigned int)answer.f_type : -1;
}
