#define _GNU_SOURCE
#include <errno.h>
#include <linux/limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The functions of the C library that need no system call, or several; kernel.c tells why they are here. The compiler
   itself calls the first four. */

void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memmove(void *to, const void *from, size_t count) {
    char *target = to;
    const char *source = from;
    if (target <= source) {
        for (size_t i = 0; i < count; i++) target[i] = source[i];
    } else {
        for (size_t i = count; i > 0; i--) target[i - 1] = source[i - 1];
    }
    return to;
}

void *memset(void *to, int byte, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)to)[i] = (char)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t count) {
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) return a[i] - b[i];
    }
    return 0;
}

void *memchr(const void *bytes, int byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (((const char *)bytes)[i] == (char)byte) return (char *)bytes + i;
    }
    return NULL;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

int strncmp(const char *left, const char *right, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i]) return (unsigned char)left[i] - (unsigned char)right[i];
        if (left[i] == 0) return 0;
    }
    return 0;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, SIZE_MAX); }

char *strchr(const char *text, int byte) {
    for (; *text != 0; text++) {
        if (*text == (char)byte) return (char *)text;
    }
    return NULL;
}

char *getenv(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
    }
    return NULL;
}

/* A file without a format that the kernel knows is a script of the shell. */
static void execute(const char *path, char *const arguments[]) {
    execve(path, arguments, environ);
    if (errno != ENOEXEC) return;
    size_t count = 0;
    while (arguments[count] != NULL) count++;
    char **script = calloc(count + 2, sizeof *script);
    if (script == NULL) return;
    script[0] = "/bin/sh";
    script[1] = (char *)path;
    for (size_t i = 1; i < count; i++) script[i + 1] = arguments[i];
    execve(script[0], script, environ);
}

/* Whether the file may be in a later folder of PATH. */
static int is_elsewhere(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ESTALE || error == ENODEV
        || error == ETIMEDOUT;
}

int execvp(const char *file, char *const arguments[]) {
    size_t length = strlen(file);
    errno = ENOENT;
    if (length == 0) return -1;
    if (strchr(file, '/') != NULL) {
        execute(file, arguments);
        return -1;
    }
    const char *folder = getenv("PATH");
    if (folder == NULL) folder = "/bin:/usr/bin";
    int is_refused = 0;
    for (;;) {
        const char *end = strchr(folder, ':');
        size_t count = end == NULL ? strlen(folder) : (size_t)(end - folder);
        char path[PATH_MAX];
        /* An empty name is the working folder. */
        if (count + length + 2 <= sizeof path) {
            memcpy(path, folder, count);
            if (count > 0) path[count++] = '/';
            memcpy(path + count, file, length + 1);
            execute(path, arguments);
            if (!is_elsewhere(errno)) return -1;
            if (errno == EACCES) is_refused = 1;
        }
        if (end == NULL) break;
        folder = end + 1;
    }
    errno = is_refused ? EACCES : ENOENT;
    return -1;
}
