#pragma once

/* Linked so that `hypotf` is found in the program itself; see hypotf.c. */
void vigie_portable(void);

/* The program's arguments, its name first; see arguments.c. NULL for an index that it has not. */
int vigie_argument_count(void);
const char *vigie_argument(int index);
