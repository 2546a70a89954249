/* SPDX-License-Identifier: MIT */
/* summary.png: how the target is distributed over all explanations, which components matter in all,
 * and a sheet of pictures from the highest value to the lowest. */
#include "page_detail.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PICTURES = 60, MOST_QUANTILES = 101 };

/* ---- The distribution ---- */

/* Of the quantiles every so many, and how many these are: between two that are as near as those of
 * few values a histogram would have peaks that mean nothing. */
static size_t read_quantiles(float *out, const json_t *list, size_t n_values)
{
    size_t every = n_values < 50 ? 4 : n_values < 200 ? 2 : 1, n = 0;
    for (size_t i = 0; i < json_array_size(list) && n < MOST_QUANTILES; i += every)
        out[n++] = (float)json_number_value(json_array_get(list, i));
    return n;
}

static void add_quartiles(text *t, const json_t *values)
{
    number_text a, b;
    text_add(t, "Half of them lie between %s and %s. ", write_at(a, values, "lower_quartile", true),
             write_at(b, values, "upper_quartile", true));
}

static void add_distribution(figure *f, const explanation_page *p, const json_t *summary)
{
    float of_all[MOST_QUANTILES], of_real[MOST_QUANTILES];
    number_text a, b;
    text caption = {0}, name = {0};
    const json_t *values = json_object_get(summary, "values");
    const json_t *judged = json_object_get(summary, "verdicts");
    double band[2];
    bool has_band = read_band(band, judged) && json_is_true(json_object_get(judged, "is_target"));
    size_t n_all = read_quantiles(of_all, json_object_get(values, "quantiles"), p->n);
    size_t n_real = read_quantiles(of_real, json_object_get(judged, "real_quantiles"),
                                   (size_t)number_at(judged, "n_real"));
    add_quartiles(&caption, values);
    if (has_band)
        text_add(&caption, "Undecided from %s to %s.", number_write(a, band[0], true),
                 number_write(b, band[1], true));
    text_add(&name, "these %zu", p->n);
    figure_add_histogram(
        f, &(histogram_panel){.title = "Where the target lies",
                              .subtitle = p->target,
                              .series = {{"real pictures", has_band ? of_real : NULL, n_real},
                                         {name.data, of_all, n_all}},
                              .band = {band[0], band[1]},
                              .band_name = has_band ? verdicts[VERDICT_UNDECIDED] : NULL,
                              .mark = number_at(values, "median"),
                              .mark_name = "median",
                              .caption = caption.data});
    text_release(&caption);
    text_release(&name);
}

/* ---- Components ---- */

static void draw_components(figure *f, const explanation_page *p, const json_t *components)
{
    size_t i;
    const json_t *c;
    text title = {0}, subtitle = {0};
    float *mean = allocate(3 * p->n_components, sizeof *mean);
    float *spread = mean + p->n_components, *consistency = spread + p->n_components;
    json_array_foreach(json_object_get(components, "strongest"), i, c)
    {
        size_t k = (size_t)json_integer_value(json_object_get(c, "component"));
        mean[k] = (float)number_at(c, "mean_magnitude");
        spread[k] = (float)number_at(c, "spread");
        consistency[k] = (float)number_at(c, "sign_consistency");
    }
    text_add(&title, "What matters in all %zu", p->n);
    text_add(&subtitle,
             "mean |%s|, whiskers: its spread; beside it how constant its sign is, from 0 (either) "
             "to 1 (the same everywhere)",
             p->row->unit ? p->row->unit : p->row->title);
    figure_add_bars(f, &(bars_panel){.title = title.data,
                                     .subtitle = subtitle.data,
                                     .parts = {mean},
                                     .n = p->n_components,
                                     .prefix = "z",
                                     .value_name = "mean",
                                     .beside = consistency,
                                     .beside_name = "sign",
                                     .errors = spread,
                                     .is_magnitude = true,
                                     .n_top = p->style->n_top,
                                     .colours = p->style->diverging});
    free(mean);
    text_release(&title);
    text_release(&subtitle);
}

/* ---- The sheet ---- */

/* The one at place i of n_shown, both ends included. */
static const explanation_digest *shown_at(const explanation_page *p,
                                          const explanation_digest *const *sorted, size_t i,
                                          size_t n_shown)
{
    return sorted[n_shown > 1 ? i * (p->n - 1) / (n_shown - 1) : 0];
}

static int load_picture(uint8_t *pixels, const explanation_page *p, const explanation_digest *d,
                        error *e)
{
    picture sample = {0};
    text path = {0};
    picture_shape shape = p->x->shape;
    text_add(&path, "%s/%s/%s", p->folder, d->folder, SAMPLE_FILE);
    int status = picture_load_grey(&sample, path.data, (int)shape.cols, (int)shape.rows, e);
    if (!status)
        memcpy(pixels, sample.data, shape.n);
    picture_release(&sample);
    text_release(&path);
    return status;
}

static char *label_of(const explanation_digest *d)
{
    number_text value;
    text label = {0};
    text_add(&label, "%" PRIu64 "  %s", d->number, number_write(value, d->value, true));
    return label.data;
}

static int add_sheet(figure *f, const explanation_page *p, const explanation_digest *const *sorted,
                     error *e)
{
    size_t n = p->n < MOST_PICTURES ? p->n : MOST_PICTURES;
    picture_shape shape = p->x->shape;
    text title = {0};
    int status = 0;
    uint8_t *pixels = allocate(n * shape.n, 1);
    char **labels = allocate(n, sizeof *labels);
    for (size_t i = 0; i < n; i++) {
        const explanation_digest *d = shown_at(p, sorted, i, n);
        labels[i] = label_of(d);
        if (!status)
            status = load_picture(pixels + i * shape.n, p, d, e);
    }
    text_add(&title,
             n < p->n ? "%zu of them, from the highest value to the lowest"
                      : "All %zu, from the highest value to the lowest",
             n);
    figure_add_sheet(f, &(sheet_panel){.title = title.data,
                                       .subtitle = p->target,
                                       .pixels = pixels,
                                       .labels = (const char *const *)labels,
                                       .n = n,
                                       .rows = shape.rows,
                                       .cols = shape.cols});
    for (size_t i = 0; i < n; i++)
        free(labels[i]);
    free(labels);
    free(pixels);
    text_release(&title);
    return status;
}

int explanation_page_figure(figure *f, const explanation_page *p, const json_t *summary,
                            const explanation_digest *const *sorted, error *e)
{
    text title = {0};
    json_t *findings = explanation_page_findings(summary, p->seed_key);
    text_add(&title, "%zu %ss", p->n, p->seed_key);
    class_say(&title, " of class ", p->class);
    text_add(&title, ": %s", p->target);
    figure_init(f, title.data, json_string_value(json_array_get(findings, 0)));
    add_distribution(f, p, summary);
    if (p->sums)
        draw_components(f, p, json_object_get(summary, "components"));
    explanation_page_draw_ranking(f, summary, p->seed_key);
    figure_new_row(f);
    int status = add_sheet(f, p, sorted, e);
    json_decref(findings);
    text_release(&title);
    return status;
}
