/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <assert.h>
#include <stdlib.h>

/* last - first: one less than the number of seeds, which may be 2^64. */
static uint64_t range_span(const seed_range *r) { return r->last - r->first; }

uint64_t seed_list_count(const seed_list *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s->n_ranges; i++) {
        uint64_t span = range_span(&s->ranges[i]);
        if (span >= UINT64_MAX - count)
            return UINT64_MAX;
        count += span + 1;
    }
    return count;
}

uint64_t seed_list_at(const seed_list *s, uint64_t i)
{
    assert(i < seed_list_count(s) || i == UINT64_MAX); /* the count saturates */
    for (size_t r = 0; r < s->n_ranges; r++) {
        uint64_t span = range_span(&s->ranges[r]);
        if (i <= span)
            return s->ranges[r].first + i;
        i -= span + 1;
    }
    return 0;
}

void seed_list_release(seed_list *s)
{
    free(s->ranges);
    *s = (seed_list){0};
}

/* N or A-B, all n characters of it. */
static int range_read(seed_range *out, const char *s, size_t n, error *e)
{
    const char *end = s;
    bool is_range = count_read(&out->first, s, &end);
    out->last = out->first;
    if (is_range && end < s + n && *end == '-')
        is_range = count_read(&out->last, end + 1, &end);
    if (!is_range || end != s + n)
        return fail(e, STATUS_USAGE,
                    "'%.*s' is not a seed (0..18446744073709551615) or a range A-B of them", (int)n,
                    s);
    if (out->first > out->last)
        return fail(e, STATUS_USAGE, "'%.*s' is a range that runs backwards; write %llu-%llu",
                    (int)n, s, (unsigned long long)out->last, (unsigned long long)out->first);
    return 0;
}

int seed_list_read(seed_list *out, const char *written, error *e)
{
    seed_list list = {0};
    const char *rest = written, *item = NULL;
    size_t n = 0;
    while (token_next(&item, &n, &rest, ',')) {
        seed_range range;
        if (range_read(&range, item, n, e)) {
            seed_list_release(&list);
            return -1;
        }
        list.ranges = reallocate(list.ranges, list.n_ranges + 1, sizeof *list.ranges);
        list.ranges[list.n_ranges++] = range;
    }
    *out = list;
    return 0;
}
