#include "redactor.h"

#include <stdint.h>
#include <stdlib.h>

redactor *redactor_open(void) {
    redactor *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        trie *t = &r->tries[kind];
        t->capacity = 256;
        t->count = 1;
        t->nodes = calloc((size_t)t->capacity, sizeof *t->nodes);
        if (t->nodes == NULL) {
            redactor_close(r);
            return NULL;
        }
    }
    return r;
}

void redactor_close(redactor *r) {
    if (r == NULL) return;
    for (int kind = 0; kind < KINDS; kind++) free(r->tries[kind].nodes);
    free(r);
}

int32_t trie_child(const trie *t, int32_t at, unsigned char byte) {
    if (at == 0) return t->roots[byte];
    int32_t child = t->nodes[at].child;
    while (child != 0 && t->nodes[child].byte != byte) child = t->nodes[child].sibling;
    return child;
}

static int32_t add_child(trie *t, int32_t at, unsigned char byte) {
    if (t->count == t->capacity) {
        if (t->capacity > INT32_MAX / 2) return 0;
        node *larger = realloc(t->nodes, sizeof *larger * 2 * (size_t)t->capacity);
        if (larger == NULL) return 0;
        t->nodes = larger;
        t->capacity *= 2;
    }
    int32_t child = t->count++;
    t->nodes[child] = (node){.sibling = t->nodes[at].child, .depth = t->nodes[at].depth + 1, .byte = byte};
    t->nodes[at].child = child;
    if (at == 0) t->roots[byte] = child;
    return child;
}

int redactor_add(redactor *r, const char *text, size_t length, int is_loose) {
    if (length == 0) return 0;
    trie *t = &r->tries[is_loose ? LOOSE : EXACT];
    int32_t at = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        int32_t child = trie_child(t, at, byte);
        if (child == 0) child = add_child(t, at, byte);
        if (child == 0) return -1;
        at = child;
    }
    t->nodes[at].covers = t->nodes[at].depth;
    return 0;
}

int32_t trie_step(const trie *t, int32_t at, unsigned char byte) {
    int32_t child;
    while ((child = trie_child(t, at, byte)) == 0 && at != 0) at = t->nodes[at].fail;
    return child;
}

static int link_trie(trie *t) {
    int32_t *queue = malloc(sizeof *queue * (size_t)t->count);
    if (queue == NULL) return -1;
    int32_t first = 0, end = 1;
    queue[0] = 0;
    while (first < end) {
        int32_t parent = queue[first++];
        for (int32_t child = t->nodes[parent].child; child != 0; child = t->nodes[child].sibling) {
            node *n = &t->nodes[child];
            n->fail = parent == 0 ? 0 : trie_step(t, t->nodes[parent].fail, n->byte);
            if (n->covers == 0) n->covers = t->nodes[n->fail].covers;
            queue[end++] = child;
        }
    }
    free(queue);
    return 0;
}

int redactor_link(redactor *r) {
    for (int kind = 0; kind < KINDS; kind++) {
        if (link_trie(&r->tries[kind]) != 0) return -1;
    }
    return 0;
}
