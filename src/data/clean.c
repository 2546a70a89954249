/* SPDX-License-Identifier: MIT */
/* Leaving out pictures that have flaws. */
#include "source.h"
#include <stdlib.h>
#include <string.h>

/* "blank,outlier" as bits; the option's table has checked the names. */
static int read_flaws(unsigned *flaws, const char *words, error *e)
{
    for (const char *at = words;; at++) {
        size_t n = strcspn(at, ","), f = 0;
        while (data_flaws[f].name &&
               (strlen(data_flaws[f].name) != n || memcmp(data_flaws[f].name, at, n) != 0))
            f++;
        if (!data_flaws[f].name)
            return fail(e, STATUS_USAGE, "--clean: '%.*s' is no flaw", (int)n, at);
        *flaws |= 1u << f;
        at += n;
        if (*at == '\0')
            return 0;
    }
}

void data_check_add_name(text *out, const data_check *c, size_t i)
{
    const dataset *d = c->data;
    if (i < d->test.n)
        dataset_add_name(out, d, &d->test, i);
    else
        dataset_add_name(out, d, &d->train, i - d->test.n);
}

void data_check_add_flaws(text *out, const data_check *c, size_t i)
{
    size_t n = 0;
    for (size_t f = 0; f < N_FLAWS; f++)
        if (c->flaws[i] & 1u << f)
            text_add(out, "%s%s", n++ ? "," : "", data_flaws[f].name);
    if (c->twins[i] != i) {
        text_add(out, "\t");
        data_check_add_name(out, c, c->twins[i]);
    }
}

static uint8_t *list_cleaned(dataset *d, const data_check *c)
{
    uint8_t *groups = allocate(d->train.n, 1);
    text list = {0};
    for (size_t i = 0; i < d->train.n; i++) {
        size_t k = d->test.n + i;
        if (c->flaws[k] == 0)
            continue;
        groups[i] = 1;
        d->n_cleaned++;
        data_check_add_name(&list, c, k);
        text_add(&list, "\t");
        data_check_add_flaws(&list, c, k);
        text_add(&list, "\n");
    }
    d->cleaned = list.data ? list.data : copy_text("");
    return groups;
}

int dataset_clean(dataset *d, const data_choice *choice, error *e)
{
    unsigned flaws = 0;
    data_check c = {0};
    if (read_flaws(&flaws, choice->clean, e))
        return -1;
    data_check_find(&c, d, flaws, choice->watch);
    uint8_t *groups = list_cleaned(d, &c);
    data_check_release(&c);
    if (d->n_cleaned == d->train.n) {
        free(groups);
        return fail(e, STATUS_USAGE, "--clean: leaves none of the %zu training pictures",
                    d->train.n);
    }
    image_set_keep(&d->train, groups, 0);
    free(groups);
    return 0;
}
