#pragma once

#include <stddef.h>

/* Finds many texts at once in a stream and hides them, wherever writes cut them. The supervisor hides what a command says,
   the executor what becomes part of the journal; both do it with this. */

/* Every text of a set, as an automaton of Aho and Corasick (Communications of the ACM 18, 1975, pages 333 to 340): the time
   per byte does not depend on how many texts there are. */
typedef struct redactor redactor;

/* An empty set; NULL without memory. */
redactor *redactor_open(void);

/* Adds a text. A loose one, in base64 or hexadecimal, is found also where line ends, blanks or colons divide it. 0, or -1
   without memory. */
int redactor_add(redactor *r, const char *text, size_t length, int is_loose);

/* To be called once behind the last text; 0, or -1 without memory. */
int redactor_link(redactor *r);

void redactor_close(redactor *r);

/* One stream. */
typedef struct redaction redaction;

/* Takes what may be shown. */
typedef void (*redaction_sink)(void *context, const char *bytes, size_t count);

/* A stream that keeps no copy of the set; NULL without memory. */
redaction *redaction_open(const redactor *r);

/* Bytes of the stream; what is decided goes to the sink. `is_end` says that nothing follows which could complete a text. 0, or -1
   without memory, and then nothing more may be shown. */
int redaction_feed(
    redaction *d, const char *bytes, size_t count, int is_end, redaction_sink sink, void *context);

/* How many times something was hidden. */
size_t redaction_count(const redaction *d);

void redaction_close(redaction *d);
