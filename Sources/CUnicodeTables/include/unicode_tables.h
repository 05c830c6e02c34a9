// What SASLprep must know of Unicode 3.2. The tables are written by generate.py into tables.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Code points from `first` to `last`, both included.
typedef struct vigie_range {
    uint32_t first;
    uint32_t last;
} vigie_range;

/// Ranges in ascending order, not overlapping.
typedef struct vigie_ranges {
    const vigie_range *ranges;
    size_t count;
} vigie_ranges;

/// A code point and where its full compatibility decomposition lies in the pool.
typedef struct vigie_decomposition {
    uint32_t code;
    uint16_t start;
    uint16_t count;
} vigie_decomposition;

/// Two code points that compose into a third.
typedef struct vigie_composition {
    uint32_t first;
    uint32_t second;
    uint32_t composed;
} vigie_composition;

/// Code points of one canonical combining class that is not 0.
typedef struct vigie_combining {
    uint32_t first;
    uint32_t last;
    uint32_t combining_class;
} vigie_combining;

/// RFC 3454 table C.1.2: mapped to a space.
vigie_ranges vigie_saslprep_spaces(void);
/// RFC 3454 table B.1: mapped to nothing.
vigie_ranges vigie_saslprep_ignored(void);
/// RFC 4013 sections 2.3 and 2.5: prohibited, or unassigned in Unicode 3.2.
vigie_ranges vigie_saslprep_refused(void);
/// RFC 3454 table D.1: written from right to left.
vigie_ranges vigie_saslprep_right_to_left(void);
/// RFC 3454 table D.2: written from left to right.
vigie_ranges vigie_saslprep_left_to_right(void);

/// Decompositions in ascending order of their code points; their count is stored in `count`.
const vigie_decomposition *vigie_decompositions(size_t *count);
/// The code points that the decompositions point into.
const uint32_t *vigie_decomposition_pool(void);
/// Compositions in ascending order of `first`, then `second`; their count is stored in `count`.
const vigie_composition *vigie_compositions(size_t *count);
/// Combining classes in ascending order of their code points; their count is stored in `count`.
const vigie_combining *vigie_combining_classes(size_t *count);

#pragma clang assume_nonnull end
