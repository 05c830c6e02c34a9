#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static vigie_libpq functions;
static int opened = 0;

static void *open_library(char *reason, size_t reason_size) {
    const char *explicit_path = getenv("VIGIE_LIBPQ");
    if (explicit_path != NULL && explicit_path[0] != '\0') {
        void *handle = dlopen(explicit_path, RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL) snprintf(reason, reason_size, "%s", dlerror());
        return handle;
    }
    static const char *const names[] = {"libpq.so.5", "libpq.so"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (handle != NULL) return handle;
        if (i == 0) snprintf(reason, reason_size, "%s", dlerror());
    }
    return NULL;
}

const vigie_libpq *vigie_libpq_open(char *reason, size_t reason_size) {
    if (opened) return &functions;
    reason[0] = '\0';
    void *handle = open_library(reason, reason_size);
    if (handle == NULL) return NULL;
#define X(name)                                                                                          \
    functions.name = (__typeof__(&name))dlsym(handle, #name);                                            \
    if (functions.name == NULL) {                                                                        \
        snprintf(reason, reason_size, "function " #name " is missing, the library is too old");          \
        dlclose(handle);                                                                                 \
        return NULL;                                                                                     \
    }
    VIGIE_LIBPQ_FUNCTIONS(X)
#undef X
    opened = 1;
    return &functions;
}
