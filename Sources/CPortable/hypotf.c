#include <math.h>

#include "portable.h"

void vigie_portable(void) {}

/* The one symbol of glibc 2.35 that the static Swift runtime asks for. With a definition of its own the program also
   starts on glibc 2.34 (Red Hat 9). The double detour rounds once, so that the result is the exact one rounded. */
float hypotf(float x, float y) {
    if (isinf(x) || isinf(y)) return INFINITY;
    return (float)sqrt((double)x * x + (double)y * y);
}
