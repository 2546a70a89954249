/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const target_row explain_targets[] = {
    [TARGET_LOGIT] = {"logit", "logit", "logit", "D's raw verdict on the picture, D(G(z))", true,
                      false, 0},
    [TARGET_PIXEL] = {"pixel", "pixel:", "pixel:R,C", "the pixel in row R, column C (0 to 27)",
                      false, false, 2},
    [TARGET_REGION] = {"region", "region:", "region:R0,C0,R1,C1",
                       "the mean of a rectangle, ends included", false, false, 4},
    [TARGET_INK] = {"ink", "ink", "ink", "the sum of all pixels", false, false, 0},
    [TARGET_GEN] = {"gen", "gen", "gen",
                    "G's loss at this picture, -log D(G(z)) = softplus(-logit)", true, false, 0},
    [TARGET_REC] = {"rec", "rec:", "rec:FILE.png|nearest|INDEX",
                    "the squared distance to a picture, over 784", false, true, 0},
    [TARGET_LOSS] = {"loss", "loss:", "loss:FILE.png|nearest|INDEX",
                     "rec + lambda gen (--lambda), both parts shown", true, true, 0},
    [TARGET_UNIT] = {"unit", "unit:", "unit:LAYER,I",
                     "unit I of G's layer with that Sequential index, before its activation", false,
                     false, 2},
    {0}};

/* n numbers by commas and nothing else. */
static int read_numbers(size_t *out, size_t n, const char *words)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        if (*words < '0' || *words > '9')
            return -1;
        errno = 0;
        unsigned long v = strtoul(words, &end, 10);
        if (errno || v > UINT32_MAX || *end != (i + 1 < n ? ',' : 0))
            return -1;
        out[i] = v;
        words = end + 1;
    }
    return 0;
}

static int refuse(const char *words, const target_row *row, const char *why, error *e)
{
    return fail(e, STATUS_USAGE, "--target: '%.200s': expected %s%s", words, row->form, why);
}

static int read_arguments(explain_target *t, const char *words, const char *arguments, error *e)
{
    const target_row *row = &explain_targets[t->kind];
    size_t v[4] = {0};
    if (row->needs_picture) {
        t->picture = arguments;
        return arguments && *arguments ? 0 : refuse(words, row, "", e);
    }
    if (!row->n_numbers)
        return arguments ? refuse(words, row, ", without a colon", e) : 0;
    if (!arguments || read_numbers(v, row->n_numbers, arguments))
        return refuse(words, row, " with whole numbers", e);
    if (t->kind == TARGET_UNIT) {
        t->layer_index = v[0];
        t->unit = v[1];
        return 0;
    }
    t->top = v[0];
    t->left = v[1];
    t->bottom = t->kind == TARGET_REGION ? v[2] : v[0];
    t->right = t->kind == TARGET_REGION ? v[3] : v[1];
    if (t->bottom >= PICTURE_ROWS || t->right >= PICTURE_COLS || t->top > t->bottom ||
        t->left > t->right)
        return refuse(words, row,
                      t->kind == TARGET_REGION
                          ? " inside 0..27, the first corner not after the second"
                          : " inside 0..27",
                      e);
    return 0;
}

int explain_target_read(explain_target *t, const char *words, error *e)
{
    size_t length = strcspn(words, ":");
    *t = (explain_target){.lambda = 1.0};
    for (size_t k = 0; explain_targets[k].name; k++)
        if (strlen(explain_targets[k].name) == length &&
            strncmp(explain_targets[k].name, words, length) == 0) {
            t->kind = (target_kind)k;
            return read_arguments(t, words, words[length] ? words + length + 1 : NULL, e);
        }
    text known = {0};
    for (size_t k = 0; explain_targets[k].name; k++)
        text_add(&known, "%s%s", k ? ", " : "", explain_targets[k].form);
    fail(e, STATUS_USAGE, "--target: '%.200s' is none of %s", words, known.data);
    text_release(&known);
    return -1;
}

char *explain_target_words(const explain_target *t, const char *words)
{
    text out = {0};
    if (t->picture)
        text_add(&out, "%s:%s", explain_targets[t->kind].name, path_name(t->picture));
    else
        text_add(&out, "%s", words);
    return out.data;
}
