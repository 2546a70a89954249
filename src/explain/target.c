/* SPDX-License-Identifier: MIT */
#include "target_detail.h"
#include "cli.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* To add a target: a file with its row, and the words that it begins with here. */
extern const target_row target_logit, target_pixel, target_region, target_ink, target_gen;
extern const target_row target_rec, target_loss, target_unit, target_class;
const target_word explain_targets[] = {
    {"logit", &target_logit},     {"pixel:", &target_pixel}, {"region:", &target_region},
    {"ink", &target_ink},         {"gen", &target_gen},      {"rec:", &target_rec},
    {"rec:nearest", &target_rec}, {"loss:", &target_loss},   {"loss:nearest", &target_loss},
    {"unit:", &target_unit},      {"class:", &target_class}, {0},
};

/* Whether it is a target's first word. */
static bool is_first(const target_word *w) { return w == explain_targets || w->row != w[-1].row; }

void explain_targets_tell(text *out)
{
    for (const target_word *w = explain_targets; w->name; w++)
        if (is_first(w))
            text_add(out, "%s%s (%s)", w == explain_targets ? "" : ", ", w->row->form,
                     w->row->meaning);
}

/* ---- Reading ---- */

static const target_row *row_of(const char *words)
{
    size_t length = strcspn(words, ":");
    for (const target_word *w = explain_targets; w->name; w++)
        if (strlen(w->row->name) == length && strncmp(w->row->name, words, length) == 0)
            return w->row;
    return NULL;
}

int explain_target_read(explain_target *t, const char *words, error *e)
{
    const char *colon = strchr(words, ':');
    *t = (explain_target){.row = row_of(words), .lambda = 1.0};
    if (t->row)
        return t->row->read(t, words, colon ? colon + 1 : NULL, e);
    text known = {0};
    for (const target_word *w = explain_targets; w->name; w++)
        if (is_first(w))
            text_add(&known, "%s%s", known.length ? ", " : "", w->row->form);
    fail(e, STATUS_USAGE, "--target: '%.200s' is none of %s", words, known.data);
    text_release(&known);
    return -1;
}

int target_refuse(const explain_target *t, const char *words, const char *more, error *e)
{
    return fail(e, STATUS_USAGE, "--target: '%.200s': expected %s%s", words, t->row->form, more);
}

int target_read_nothing(explain_target *t, const char *words, const char *arguments, error *e)
{
    return arguments ? target_refuse(t, words, ", without a colon", e) : 0;
}

int target_numbers_read(size_t *out, size_t n, const explain_target *t, const char *words,
                        const char *arguments, error *e)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        if (!arguments || *arguments < '0' || *arguments > '9')
            return target_refuse(t, words, " with whole numbers", e);
        errno = 0;
        unsigned long v = strtoul(arguments, &end, 10);
        if (errno || v > UINT32_MAX || *end != (i + 1 < n ? ',' : 0))
            return target_refuse(t, words, " with whole numbers", e);
        out[i] = v;
        arguments = end + 1;
    }
    return 0;
}

/* ---- Words ---- */

char *explain_target_words(const explain_target *t, const char *words)
{
    text out = {0};
    if (t->picture)
        text_add(&out, "%s:%s", t->row->name, path_name(t->picture));
    else
        text_add(&out, "%s", words);
    make_printable(out.data);
    return out.data;
}

void target_set_meaning(json_t *o, const char *format, ...)
{
    text words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&words, format, arguments);
    va_end(arguments);
    json_object_set_new(o, "meaning", json_string(words.data));
    text_release(&words);
}

static void add_area(json_t *o, const explainer *x)
{
    picture_area a;
    if (explain_target_area(x, &a))
        json_object_set_new(o, "area",
                            json_pack("{s:o, s:o, s:o, s:o}", "top", json_unsigned(a.top), "left",
                                      json_unsigned(a.left), "bottom", json_unsigned(a.bottom),
                                      "right", json_unsigned(a.right)));
}

json_t *explain_target_describe(const explainer *x)
{
    const target_row *row = x->target.row;
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(row->name));
    json_object_set_new(o, "meaning", json_string(row->meaning));
    json_object_set_new(o, "value_unit", json_string(row->unit));
    add_area(o, x);
    if (row->describe)
        row->describe(o, x);
    return o;
}

/* ---- One component of what is read ---- */

void component_evaluate(const term_tile *t, float *value, float *dy)
{
    size_t at = t->x->target.component;
    for (size_t r = 0; r < t->n; r++)
        value[r] = t->y[r * t->width + at];
    memset(dy, 0, t->n * t->width * sizeof *dy);
    for (size_t r = 0; r < t->n; r++)
        dy[r * t->width + at] = 1.0f;
}

double component_evaluate_in_double(const term_row *t, double *dy, double *squares)
{
    size_t at = t->x->target.component;
    if (dy) {
        memset(dy, 0, t->width * sizeof *dy);
        memset(squares, 0, t->width * sizeof *squares);
        dy[at] = squares[at] = 1.0;
    }
    return t->y[at];
}
