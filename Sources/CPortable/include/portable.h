#pragma once

/* Linked so that `hypotf` is found in the program itself; see hypotf.c. */
void vigie_portable(void);
