/* SPDX-License-Identifier: MIT */
/* How explanations are drawn: colour maps, signs, and what full colour stands for. */
#include "present_detail.h"
#include "cli.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- From words ---- */

static int read_maps(explanation_style *s, const char *maps, error *e)
{
    s->diverging = colour_map_find("blue-orange");
    s->sequential = colour_map_find("forest");
    for (const char *at = maps; at && *at;) {
        char name[32];
        size_t n = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        const colour_map *m = n < sizeof name ? colour_map_find(name) : NULL;
        if (!m)
            return fail(e, STATUS_USAGE, "--cmap: there is no colour map '%s'", name);
        *(m->kind == MAP_DIVERGING ? &s->diverging : &s->sequential) = m;
        at += n + (at[n] == ',');
    }
    return 0;
}

const sign_row explanation_signs[] = {[SIGN_ALL] = {"all"},
                                      [SIGN_POSITIVE] = {"positive"},
                                      [SIGN_NEGATIVE] = {"negative"},
                                      [SIGN_ABSOLUTE] = {"absolute"},
                                      {0}};

const overlay_row explanation_overlays[] = {
    [OVERLAY_CONTOUR] = {"contour"}, [OVERLAY_BLEND] = {"blend"}, {0}};

/* *index becomes the place of word among the names of that option. */
static int read_name(size_t *index, const name_list *names, const char *word, const char *option,
                     error *e)
{
    const char *name;
    for (*index = 0; (name = name_at(names, *index)); ++*index)
        if (strcmp(word, name) == 0)
            return 0;
    return fail(e, STATUS_USAGE, "--%s: there is no '%s'", option, word);
}

static int read_look(explanation_style *s, const style_words *words, error *e)
{
    size_t sign, overlay;
    if (read_name(&sign, NAMES_OF(explanation_signs), words->sign, "sign", e) ||
        read_name(&overlay, NAMES_OF(explanation_overlays), words->overlay, "overlay", e))
        return -1;
    s->sign = (shown_sign)sign;
    s->overlay = (map_overlay)overlay;
    return 0;
}

const scale_row explanation_scales[] = {
    [SCALE_IMAGE] = {"image"}, [SCALE_RUN] = {"run"}, [SCALE_FIXED] = {0}};

/* ---- Scales ---- */

static void add_scale(array_scales *scales, const array_row *row, double value)
{
    scales->all = reallocate(scales->all, scales->n + 1, sizeof *scales->all);
    scales->all[scales->n++] = (struct array_scale){row, value};
}

static struct array_scale *scale_of(const array_scales *scales, const array_row *row)
{
    for (size_t i = 0; i < scales->n; i++)
        if (scales->all[i].row == row)
            return &scales->all[i];
    return NULL;
}

void array_scales_measure(array_scales *scales, const explanation *a, double clip)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        const space_row *space = spaces[v->row->space];
        if (space->find_scale && is_presented(v))
            add_scale(scales, v->row, space->find_scale(a, v, clip));
    }
}

void array_scales_widen(array_scales *all, const array_scales *one)
{
    for (size_t i = 0; i < one->n; i++) {
        struct array_scale *known = scale_of(all, one->all[i].row);
        if (known)
            known->value = fmax(known->value, one->all[i].value);
        else
            add_scale(all, one->all[i].row, one->all[i].value);
    }
}

double array_scales_find(const array_scales *scales, const array_row *row)
{
    const struct array_scale *found = scale_of(scales, row);
    return found ? found->value : 0;
}

void array_scales_release(array_scales *scales)
{
    free(scales->all);
    *scales = (array_scales){0};
}

/* ---- Scales from words ---- */

/* The i-th array of all methods and reports that has a scale, or NULL. */
static const array_row *scaled_row_at(size_t i)
{
    const explain_method *m;
    for (size_t k = 0; (m = find_declared_method(k)); k++)
        for (const array_row *row = m->arrays; row->name; row++)
            if (spaces[row->space]->find_scale && is_presented_row(row) && i-- == 0)
                return row;
    return NULL;
}

/* Those names, ended by NULL; the caller frees the list. */
static const char **list_scaled(void)
{
    const array_row *row;
    const char **names = NULL;
    size_t n = 0;
    do {
        row = scaled_row_at(n);
        names = reallocate(names, n + 1, sizeof *names);
        names[n++] = row ? row->name : NULL;
    } while (row);
    return names;
}

/* The n characters at name as an array with a scale. */
static int find_scaled(const array_row **out, const char *name, size_t n, error *e)
{
    const char **names = list_scaled();
    int status = choice_check(&(name_list){.first = names, .stride = sizeof *names}, name, n, e);
    for (size_t i = 0; !status && names[i]; i++)
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
            *out = scaled_row_at(i);
    free(names);
    return status ? fail_in(e, "--scale") : 0;
}

static int refuse_scale(const char *item, error *e)
{
    text known = {0};
    names_add(&known, NAMES_OF(explanation_scales), ", ");
    fail(e, STATUS_USAGE, "--scale: '%s' is not %s or a number above 0", item, known.data);
    text_release(&known);
    return -1;
}

static bool read_positive(double *out, const char *number)
{
    const char *end;
    return real_read(out, number, &end) && !*end && *out > 0;
}

/* NAME=NUMBER. */
static int read_given(explanation_style *s, const char *item, const char *equals, error *e)
{
    const array_row *row = NULL;
    double value;
    if (find_scaled(&row, item, (size_t)(equals - item), e))
        return -1;
    if (!read_positive(&value, equals + 1))
        return fail(e, STATUS_USAGE, "--scale: '%s' does not end in a number above 0", item);
    add_scale(&s->given, row, value);
    return 0;
}

/* What the others have: a rule or a number. */
static int read_rule(explanation_style *s, const char *item, error *e)
{
    for (s->rule = SCALE_IMAGE; explanation_scales[s->rule].name; s->rule++)
        if (strcmp(item, explanation_scales[s->rule].name) == 0)
            return 0;
    return read_positive(&s->fixed, item) ? 0 : refuse_scale(item, e);
}

static int read_scales(explanation_style *s, const char *scale, error *e)
{
    char *words = copy_text(scale), *rest = words;
    int status = 0, n_rules = 0;
    s->rule_words = scale;
    while (!status && rest) {
        char *item = rest, *comma = strchr(rest, ','), *equals;
        rest = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        if ((equals = strchr(item, '=')))
            status = read_given(s, item, equals, e);
        else if (n_rules++ == 0)
            status = read_rule(s, item, e);
        else
            status = fail(e, STATUS_USAGE, "--scale: '%s' is a second rule for all arrays", item);
    }
    free(words);
    return status;
}

/* ---- A style ---- */

int explanation_style_read(explanation_style *s, const style_words *words, error *e)
{
    return read_maps(s, words->maps, e) || read_look(s, words, e) || read_scales(s, words->scale, e)
               ? -1
               : 0;
}

void explanation_style_release(explanation_style *s)
{
    array_scales_release(&s->scales);
    array_scales_release(&s->given);
}

/* Methods may declare an array of one name each. */
static const struct array_scale *given_to(const explanation_style *s, const array_row *row)
{
    for (size_t i = s->given.n; i-- > 0;)
        if (strcmp(s->given.all[i].row->name, row->name) == 0)
            return &s->given.all[i];
    return NULL;
}

static bool is_of_run(const explanation_style *s, const array_row *row)
{
    return s->rule == SCALE_RUN && scale_of(&s->scales, row);
}

double explanation_style_scale(const explanation_style *s, const array_row *row, double own)
{
    const struct array_scale *given = given_to(s, row);
    if (given)
        return given->value;
    return s->rule == SCALE_FIXED ? s->fixed
           : is_of_run(s, row)    ? array_scales_find(&s->scales, row)
                                  : own;
}

const char *write_scale_words(scale_words out, const explanation_style *s, const array_row *row)
{
    number_text number;
    bool is_set = s->rule == SCALE_FIXED || given_to(s, row);
    snprintf(out, sizeof(scale_words), "%s%s",
             is_set              ? "scale set to "
             : is_of_run(s, row) ? "one scale for the whole run"
                                 : "",
             is_set ? number_write(number, explanation_style_scale(s, row, 0), false) : "");
    return out;
}
