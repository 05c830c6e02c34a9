#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The functions of the C library that the supervisor uses, each one system call and nothing else; text.c has those that
   are none. The library is not linked: before `main` it asks the processor for its features and caches, and a virtual
   machine answers each of these questions by a trap. That is a quarter of a millisecond for every step, as much as all
   that the supervisor does.

   There is one thread and no locale, so that each function is the plain one of its manual page. Whatever is missing
   here is an undefined symbol when the program is linked. */

static int error_number;

int *__errno_location(void) { return &error_number; }

char **environ;

#if defined(__x86_64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call supervisor_start\n");

static long trap(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    mov x29, #0\n"
        "    mov x30, #0\n"
        "    mov x0, sp\n"
        "    and sp, x0, #-16\n"
        "    bl supervisor_start\n");

static long trap(long number, long a, long b, long c, long d, long e, long f) {
    register long which __asm__("x8") = number;
    register long result __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    register long sixth __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(result)
                     : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return result;
}
#else
#error "the supervisor knows the system calls of x86_64 and aarch64"
#endif

/* The kernel answers a failure as the negative number of the error, all of them above -4096. */
static long call(long number, long a, long b, long c, long d) {
    long result = trap(number, a, b, c, d, 0, 0);
    if (result >= 0 || result < -4095) return result;
    errno = (int)-result;
    return -1;
}

int main(void);

/* The kernel leaves on the stack: the number of arguments, the arguments, NULL, the environment, NULL. */
__attribute__((used)) void supervisor_start(long *stack) {
    char **arguments = (char **)(stack + 1);
    environ = arguments + stack[0] + 1;
    _exit(main());
}

/* Processes. */

void _exit(int status) {
    for (;;) call(SYS_exit_group, status, 0, 0, 0);
}

pid_t fork(void) { return (pid_t)trap(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0); }

int execve(const char *path, char *const arguments[], char *const variables[]) {
    return (int)call(SYS_execve, (long)path, (long)arguments, (long)variables, 0);
}

pid_t waitpid(pid_t pid, int *status, int options) {
    return (pid_t)call(SYS_wait4, pid, (long)status, options, 0);
}

pid_t getpid(void) { return (pid_t)call(SYS_getpid, 0, 0, 0, 0); }
pid_t getppid(void) { return (pid_t)call(SYS_getppid, 0, 0, 0, 0); }
pid_t setsid(void) { return (pid_t)call(SYS_setsid, 0, 0, 0, 0); }
int setpgid(pid_t pid, pid_t group) { return (int)call(SYS_setpgid, pid, group, 0, 0); }
int kill(pid_t pid, int number) { return (int)call(SYS_kill, pid, number, 0, 0); }

/* Options with one number. */
int prctl(int option, ...) {
    va_list rest;
    va_start(rest, option);
    long value = va_arg(rest, int);
    va_end(rest);
    return (int)trap(SYS_prctl, option, value, 0, 0, 0, 0);
}

/* Signals: the kernel's set is the first word of the library's. */

enum { kernel_set_bytes = 8 };

int sigemptyset(sigset_t *set) {
    memset(set, 0, sizeof *set);
    return 0;
}

int sigaddset(sigset_t *set, int number) {
    set->__val[0] |= 1ul << (number - 1);
    return 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    return (int)call(SYS_rt_sigprocmask, how, (long)set, (long)old, kernel_set_bytes);
}

/* Only to ignore a signal or to take it as usual: a handler of our own would need a way back. */
sighandler_t signal(int number, sighandler_t handler) {
    struct {
        sighandler_t handler;
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } action = {handler, 0, NULL, 0};
    return call(SYS_rt_sigaction, number, (long)&action, 0, kernel_set_bytes) == 0 ? SIG_DFL : SIG_ERR;
}

int signalfd(int fd, const sigset_t *set, int flags) {
    return (int)call(SYS_signalfd4, fd, (long)set, kernel_set_bytes, flags);
}

/* Descriptors. */

int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    long mode = (flags & O_CREAT) != 0 ? (long)va_arg(rest, mode_t) : 0;
    va_end(rest);
    return (int)call(SYS_openat, folder, (long)path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat(AT_FDCWD, path, flags, mode);
}

int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long value = va_arg(rest, int);
    va_end(rest);
    return (int)call(SYS_fcntl, fd, command, value, 0);
}

ssize_t read(int fd, void *bytes, size_t count) { return call(SYS_read, fd, (long)bytes, (long)count, 0); }
ssize_t write(int fd, const void *bytes, size_t count) { return call(SYS_write, fd, (long)bytes, (long)count, 0); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return call(SYS_writev, fd, (long)parts, count, 0); }

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return call(SYS_pwrite64, fd, (long)bytes, (long)count, offset);
}

int close(int fd) { return (int)call(SYS_close, fd, 0, 0, 0); }
int fdatasync(int fd) { return (int)call(SYS_fdatasync, fd, 0, 0, 0); }
int pipe2(int ends[2], int flags) { return (int)call(SYS_pipe2, (long)ends, flags, 0, 0); }

int dup2(int from, int to) { return from == to ? to : (int)call(SYS_dup3, from, to, 0, 0); }

int poll(struct pollfd *fds, nfds_t count, int ms) {
    struct timespec limit = {ms / 1000, ms % 1000 * 1000000L};
    return (int)call(SYS_ppoll, (long)fds, (long)count, ms < 0 ? 0 : (long)&limit, 0);
}

/* Folders. */

int mkdir(const char *path, mode_t mode) { return (int)call(SYS_mkdirat, AT_FDCWD, (long)path, mode, 0); }
int chdir(const char *path) { return (int)call(SYS_chdir, (long)path, 0, 0, 0); }
int fchdir(int fd) { return (int)call(SYS_fchdir, fd, 0, 0, 0); }

/* One folder is read at a time. The kernel's entries look as the library's do. */
static struct __dirstream {
    int fd;
    long at, count;
    _Alignas(struct dirent) char entries[4096];
} the_folder;

DIR *opendir(const char *path) {
    the_folder.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    the_folder.at = the_folder.count = 0;
    return the_folder.fd < 0 ? NULL : &the_folder;
}

struct dirent *readdir(DIR *folder) {
    if (folder->at >= folder->count) {
        folder->at = 0;
        folder->count = call(SYS_getdents64, folder->fd, (long)folder->entries, sizeof folder->entries, 0);
        if (folder->count <= 0) return NULL;
    }
    struct dirent *entry = (struct dirent *)(folder->entries + folder->at);
    folder->at += entry->d_reclen;
    return entry;
}

int dirfd(DIR *folder) { return folder->fd; }
int closedir(DIR *folder) { return close(folder->fd); }

/* Time and memory. */

int clock_gettime(clockid_t clock, struct timespec *t) {
    return (int)call(SYS_clock_gettime, clock, (long)t, 0, 0);
}

/* A few blocks; each begins with its size. */
enum { size_bytes = 16 };

void *malloc(size_t size) {
    long block = trap(SYS_mmap, 0, (long)size + size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block < 0 && block >= -4095) {
        errno = (int)-block;
        return NULL;
    }
    *(size_t *)block = size;
    return (char *)block + size_bytes;
}

void *calloc(size_t count, size_t size) {
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return malloc(whole);
}

void *realloc(void *bytes, size_t size) {
    char *larger = malloc(size);
    if (larger == NULL || bytes == NULL) return larger;
    size_t old = *(size_t *)((char *)bytes - size_bytes);
    memcpy(larger, bytes, old < size ? old : size);
    free(bytes);
    return larger;
}

void free(void *bytes) {
    if (bytes == NULL) return;
    char *block = (char *)bytes - size_bytes;
    trap(SYS_munmap, (long)block, (long)(*(size_t *)block + size_bytes), 0, 0, 0, 0);
}
