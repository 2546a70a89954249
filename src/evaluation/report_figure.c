/* SPDX-License-Identifier: MIT */
/* How good the pictures of one candidate are, on one page. */
#include "figures_detail.h"
#include <string.h>

/* ---- What there is to show ---- */

const measurement *measured(const candidate *c, size_t k)
{
    return c->measurements[k].reason ? NULL : &c->measurements[k];
}

const measurement *floor_of(const evaluation *v, size_t k)
{
    return v->floors[k].reason ? NULL : &v->floors[k];
}

char *class_words(const evaluation *v, size_t label)
{
    text words = {0};
    const char *name = dataset_class_name(&v->real.data, (uint8_t)label);
    if (name)
        return copy_text(name);
    text_add(&words, "%zu", label);
    return words.data;
}

static uint64_t first_seed(const evaluation *v) { return v->request.seed; }

static const char *judge_checksum(const evaluation *v) { return v->judge.judge.checksum; }

const char *picture_kind(const candidate *c) { return c->context.generator ? "seed" : "number"; }

uint64_t picture_number(const evaluation *v, const candidate *c, size_t i)
{
    return i + (c->context.generator ? first_seed(v) : 0);
}

/* ---- The page ---- */

static void add_head_words(text *title, text *words, const evaluation *v, const candidate *c)
{
    text_add(title, "How good are the pictures of %s?", c->path);
    text_add_grouped(words, c->set.n);
    text_add(words, " pictures");
    if (c->context.generator) {
        text_add(words, " from seed ");
        text_add_grouped(words, first_seed(v));
        text_add(words, " on");
    }
    text_add(words, ", held against ");
    text_add_grouped(words, v->real.real.n);
    text_add(words, " real ones.");
    if (judge_checksum(v))
        text_add(words,
                 " What is seen in them is a judge's: a classifier that stays as it is, "
                 "SHA-256 %.12s.",
                 judge_checksum(v));
}

static void report_candidate(figure *f, const evaluation *v, candidate *c)
{
    text title = {0}, words = {0};
    add_head_words(&title, &words, v, c);
    figure_init(f, title.data, words.data);
    add_verdict(f, v, c);
    figure_new_row(f);
    add_numbers(f, v, c);
    figure_new_row(f);
    add_not_measured(f, v, c);
    add_samples(f, v, c);
    add_classes(f, v, c);
    add_confusion(f, v, c);
    add_contrast(f, v, c);
    add_extremes(f, v, c);
    add_pairs(f, v, c);
    text_release(&title);
    text_release(&words);
}

void evaluation_report_figure(figure *f, evaluation *v)
{
    if (v->n_candidates == 1)
        report_candidate(f, v, &v->candidates[0]);
    else
        compare_candidates(f, v);
}
