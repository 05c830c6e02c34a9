#pragma once

#include "redaction.h"

#include <stdint.h>

enum { EXACT, LOOSE, KINDS };

/* A beginning of texts. */
typedef struct {
    int32_t child;   /* its first longer beginning; 0: none */
    int32_t sibling; /* the next one of the same length */
    int32_t fail;    /* the longest beginning that it ends with */
    int32_t depth;   /* its length */
    int32_t covers;  /* length of the longest text that it ends with; 0: none */
    unsigned char byte;
} node;

typedef struct {
    node *nodes; /* the first one is the empty beginning */
    int32_t count;
    int32_t capacity;
    int32_t roots[256];
} trie;

struct redactor {
    trie tries[KINDS];
};

int32_t trie_child(const trie *t, int32_t at, unsigned char byte);

/* The longest beginning that `at` with one byte more ends with. */
int32_t trie_step(const trie *t, int32_t at, unsigned char byte);
