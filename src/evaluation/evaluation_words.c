/* SPDX-License-Identifier: MIT */
/* What came out, for a person. */
#include "evaluation_detail.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Numbers ---- */

static void add_value(text *out, const measurement *m)
{
    if (m->reason)
        text_add(out, "-");
    else
        text_add_decimals(out, m->result.value.value, m->metric->decimals);
}

static void add_interval(text *out, const measurement *m)
{
    const estimate *v = &m->result.value;
    int n = m->metric->decimals;
    if (m->reason || !isfinite(v->low) || !isfinite(v->high))
        return;
    text_add_decimals(out, v->low, n);
    text_add(out, " to ");
    text_add_decimals(out, v->high, n);
}

static const char *direction(const metric *m)
{
    static const char *const words[] = {
        [LESS_IS_BETTER] = "less", [MORE_IS_BETTER] = "more", [NEAR_REAL_IS_BETTER] = "as real"};
    return words[m->better];
}

/* ---- What it is of ---- */

static void add_data(text *out, const evaluation *v)
{
    const dataset *d = &v->real.data;
    if (d->n_folders)
        text_add(out, "%s", d->folders[0]);
    else if (d->n_files) {
        char *folder = path_folder(d->files[0]);
        text_add(out, "%s", ends_with(d->files[0], ".npy") ? d->files[0] : folder);
        free(folder);
    } else
        text_add(out, "the built-in digits");
}

/* "2,500 real ones: 1,000 test and 1,500 training pictures of the built-in digits" */
static void add_real(text *out, const evaluation *v)
{
    size_t n_test = v->real.n_test;
    text_add_grouped(out, v->n);
    text_add(out, " real ones: ");
    if (n_test > 0 && n_test < v->n) {
        text_add_grouped(out, n_test);
        text_add(out, " test and ");
        text_add_grouped(out, v->n - n_test);
        text_add(out, " ");
    }
    text_add(out, "%s pictures of ", n_test == v->n ? "test" : "training");
    add_data(out, v);
    text_add(out, "\n");
}

static void add_pictures(text *out, const candidate *c, const evaluation *v)
{
    uint64_t first = v->request.seed;
    text_add(out, "%s: ", c->path);
    text_add_grouped(out, v->n);
    text_add(out, " pictures");
    if (candidate_is_model(c))
        text_add(out, ", of seeds %" PRIu64 " to %" PRIu64, first, first + v->n - 1);
    else if (v->n < c->found.train.n) {
        text_add(out, " of ");
        text_add_grouped(out, c->found.train.n);
        text_add(out, ", drawn by the seed");
    }
}

static void add_judge(text *out, const evaluation *v)
{
    judge_quality q;
    text_add(out, "judge: %s, SHA-256 %.12s",
             v->request.judge ? v->request.judge : "the built-in one", v->judge.checksum);
    if (evaluation_judge_quality(&q, v)) {
        text_add(out, ", right for %.1f %% of ", 100 * q.accuracy);
        text_add_grouped(out, q.n);
        text_add(out, " test pictures");
    }
    text_add(out, "; seed %" PRIu64 "\n", v->request.seed);
}

/* What is at the foot. */
static void add_terms(text *out, const evaluation *v)
{
    if (v->request.features)
        return;
    text_add(out, "\nreal: what ");
    text_add_grouped(out, v->n);
    text_add(out, " other real pictures get, held against the same ones\n");
    if (v->n_candidates == 1)
        text_add(
            out,
            "worse: further off than that, by more than chance; like real: no worse, or by chance\n");
    add_judge(out, v);
    text_add(out, "ganlens(7) says what each measure is, and when it misleads\n");
}

/* Of a candidate among several. */
static char letter_of(size_t i) { return (char)('A' + i % 26); }

void add_reasons(text *out, const evaluation *v, const candidate *c)
{
    const char *before = "";
    for (size_t k = 0; k < v->n_metrics; k++) {
        const measurement *m = &c->measurements[k];
        if (m->reason) {
            text_add(out, "%s%s (%s)", before, m->metric->name, m->reason);
            before = ", ";
        }
    }
}

/* A line each, with the letter of the candidate where there are several. */
static void add_not_measured_lines(text *out, const evaluation *v)
{
    const char *before = "\n";
    for (size_t i = 0; i < v->n_candidates; i++) {
        text reasons = {0};
        add_reasons(&reasons, v, &v->candidates[i]);
        if (reasons.length && v->n_candidates == 1)
            text_add(out, "%snot measured: %s\n", before, reasons.data);
        else if (reasons.length)
            text_add(out, "%snot measured of %c: %s\n", before, letter_of(i), reasons.data);
        before = reasons.length ? "" : before;
        text_release(&reasons);
    }
}

/* What has a value alone, of the only candidate. */
static void add_without_interval(text *out, const evaluation *v)
{
    const char *before = "\nno interval of so few pictures, and no verdict: ";
    for (size_t k = 0; k < v->n_metrics && v->n_candidates == 1; k++) {
        const measurement *m = &v->candidates[0].measurements[k];
        if (m->reason || isfinite(m->result.value.low))
            continue;
        text_add(out, "%s%s", before, m->metric->name);
        before = ", ";
    }
    if (*before == ',')
        text_add(out, "\n");
}

/* ---- Verdicts ---- */

/* Adds the names of what has that verdict and says that, in a row; returns how many. */
static size_t add_names(text *out, const evaluation *v, metric_saying says, verdict is)
{
    const measurement *all = v->candidates[0].measurements;
    size_t names[2] = {0}; /* in all, so far */
    for (int round = 0; round < 2; round++)
        for (size_t k = 0; k < v->n_metrics; k++) {
            if (v->metrics[k]->says != says || measurement_verdict(&all[k], &v->floors[k]) != is)
                continue;
            if (round == 1)
                text_add(out, "%s%s", words_join(names[1], names[0]), v->metrics[k]->name);
            names[round]++;
        }
    return names[0];
}

/* "Quality: worse than real pictures by fcd and kid, like them by density." */
static void add_verdict(text *out, const evaluation *v, metric_saying says)
{
    text worse = {0}, like = {0};
    size_t n_worse = add_names(&worse, v, says, VERDICT_WORSE);
    size_t n_like = add_names(&like, v, says, VERDICT_LIKE_REAL);
    const char *name = metric_sayings[says];
    text_add(out, "%c%s", toupper((unsigned char)name[0]), name + 1);
    if (n_worse)
        text_add(out, ": worse than real pictures by %s", worse.data);
    if (n_like)
        text_add(out, "%s %s", n_worse ? ", like them by" : ": like real pictures by", like.data);
    text_add(out, "\n");
    text_release(&worse);
    text_release(&like);
}

/* ---- One candidate ---- */

enum { NAME, VALUE, INTERVAL, REAL, BETTER, VERDICT, TITLE, N_COLUMNS };

static void fill_head(const cells *c)
{
    static const char *const heads[N_COLUMNS] = {"  measure", "value",   "95 % interval", "real",
                                                 "better",    "verdict", "what it is"};
    for (size_t k = 0; k < N_COLUMNS; k++)
        text_add(cell(c, 0, k), "%s", heads[k]);
}

static void fill_row(const cells *c, size_t row, const measurement *m, const measurement *floor)
{
    static const char *const verdicts[] = {
        [VERDICT_NONE] = "", [VERDICT_LIKE_REAL] = "like real", [VERDICT_WORSE] = "worse"};
    text_add(cell(c, row, NAME), "  %s", m->metric->name);
    add_value(cell(c, row, VALUE), m);
    add_interval(cell(c, row, INTERVAL), m);
    add_value(cell(c, row, REAL), floor);
    text_add(cell(c, row, BETTER), "%s", direction(m->metric));
    text_add(cell(c, row, VERDICT), "%s", verdicts[measurement_verdict(m, floor)]);
    text_add(cell(c, row, TITLE), "%s", m->metric->title);
}

static void add_group(text *out, const evaluation *v, metric_saying says, const cells *c)
{
    bool is_begun = false;
    for (size_t k = 0; k < v->n_metrics; k++) {
        if (v->metrics[k]->says != says || v->candidates[0].measurements[k].reason)
            continue;
        if (!is_begun)
            add_verdict(out, v, says);
        is_begun = true;
        cells_add_row(out, c, k + 1);
    }
}

static void add_one(text *out, const evaluation *v)
{
    cells c;
    cells_init(&c, v->n_metrics + 1, N_COLUMNS);
    fill_head(&c);
    for (size_t k = 0; k < v->n_metrics; k++)
        if (!v->candidates[0].measurements[k].reason)
            fill_row(&c, k + 1, &v->candidates[0].measurements[k], &v->floors[k]);
    cells_add_row(out, &c, 0);
    for (metric_saying says = 0; says < N_SAYINGS; says++)
        add_group(out, v, says, &c);
    add_not_measured_lines(out, v);
    add_without_interval(out, v);
    cells_release(&c);
}

/* ---- Several candidates ---- */

static void fill_candidates(const cells *c, const evaluation *v, size_t k)
{
    const metric *m = v->metrics[k];
    text_add(cell(c, k + 1, 0), "%s", m->name);
    for (size_t i = 0; i < v->n_candidates; i++) {
        const measurement *found = &v->candidates[i].measurements[k];
        text *t = cell(c, k + 1, i + 1), range = {0};
        add_value(t, found);
        add_interval(&range, found);
        if (range.length)
            text_add(t, " (%s)", range.data);
        text_add(t, "%s", candidate_is_best(v, i, k) ? " *" : "  ");
        text_release(&range);
    }
    add_value(cell(c, k + 1, v->n_candidates + 1), &v->floors[k]);
    text_add(cell(c, k + 1, v->n_candidates + 2), "%s", direction(m));
}

static void add_several(text *out, const evaluation *v)
{
    cells c;
    size_t n = v->n_candidates;
    cells_init(&c, v->n_metrics + 1, n + 3);
    text_add(cell(&c, 0, 0), "measure");
    text_add(cell(&c, 0, n + 1), "real");
    text_add(cell(&c, 0, n + 2), "better");
    for (size_t i = 0; i < n; i++)
        text_add(cell(&c, 0, i + 1), "%c", letter_of(i));
    for (size_t k = 0; k < v->n_metrics; k++)
        fill_candidates(&c, v, k);
    for (size_t r = 0; r < c.n_rows; r++)
        cells_add_row(out, &c, r);
    text_add(out, "\n*: the best, or not told apart from it by the 95 %% intervals in brackets\n");
    add_not_measured_lines(out, v);
    cells_release(&c);
}

/* ---- The whole ---- */

void evaluation_words(text *out, const evaluation *v)
{
    bool is_one = v->n_candidates == 1;
    for (size_t i = 0; !v->request.features && i < v->n_candidates; i++) {
        if (!is_one)
            text_add(out, "%c  ", letter_of(i));
        add_pictures(out, &v->candidates[i], v);
        text_add(out, "\n");
    }
    if (!v->request.features) {
        text_add(out, is_one ? "against " : "each against ");
        add_real(out, v);
        text_add(out, "\n");
    }
    (is_one ? add_one : add_several)(out, v);
    add_terms(out, v);
}

void evaluation_list_metrics(text *out)
{
    for (size_t i = 0; metrics[i]; i++)
        text_add(out, "%s\t%s\t%s\t%s\n", metrics[i]->name, metric_sayings[metrics[i]->says],
                 metrics[i]->title, metrics[i]->source);
}
