#include "portable.h"

#include <stddef.h>

static int count;
static char **values;

/* glibc hands the arguments to constructors. Swift reads /proc/self/cmdline, which a chroot may lack. */
__attribute__((constructor)) static void keep(int argc, char **argv) {
    count = argc;
    values = argv;
}

int vigie_argument_count(void) { return count; }

const char *vigie_argument(int index) { return index >= 0 && index < count ? values[index] : NULL; }
