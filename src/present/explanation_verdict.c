/* SPDX-License-Identifier: MIT */
/* What D says of a picture, against what it says of others: its logit alone means little, since
 * nothing holds D to a scale. */
#include "present_detail.h"
#include <math.h>
#include <string.h>

enum { QUARTER = (N_QUANTILES - 1) / 4 };

/* ---- Numbers ---- */

const char *const verdicts[] = {[VERDICT_REAL] = "real",
                                [VERDICT_UNDECIDED] = "undecided",
                                [VERDICT_GENERATED] = "generated",
                                NULL};

/* Three quarters of the generated pictures stay below the one end, three quarters of the real ones
 * exceed the other; which is lower depends on how well D tells them apart. */
static void find_band(double band[2], const logit_quantiles *q)
{
    double most_generated = (double)q->generated[3 * QUARTER], most_real = (double)q->real[QUARTER];
    band[0] = fmin(most_generated, most_real);
    band[1] = fmax(most_generated, most_real);
}

static json_t *stated_quantiles(const float quantile[N_QUANTILES])
{
    json_t *list = json_array();
    for (size_t i = 0; i < N_QUANTILES; i++)
        json_array_append_new(list, json_number((double)quantile[i]));
    return list;
}

static json_t *verdict_of(double logit, const logit_quantiles *q)
{
    double band[2];
    json_t *o = json_object();
    find_band(band, q);
    size_t verdict = logit > band[1]   ? VERDICT_REAL
                     : logit < band[0] ? VERDICT_GENERATED
                                       : VERDICT_UNDECIDED;
    set_word(o, "word", verdicts[verdict]);
    json_object_set_new(o, "band", json_pack("[o, o]", json_number(band[0]), json_number(band[1])));
    set_number(o, "real_below", quantiles_share_below(q->real, N_QUANTILES, logit));
    set_number(o, "generated_below", quantiles_share_below(q->generated, N_QUANTILES, logit));
    set_count(o, "n_real", q->n_real);
    set_count(o, "n_generated", q->n_generated);
    json_object_set_new(o, "real_quantiles", stated_quantiles(q->real));
    json_object_set_new(o, "generated_quantiles", stated_quantiles(q->generated));
    return o;
}

void verdict_numbers(json_t *o, double logit, const logit_quantiles *quantiles)
{
    set_number(o, "logit", logit);
    set_number(o, "probability_real",
               logit >= 0 ? 1.0 / (1.0 + exp(-logit)) : exp(logit) / (1.0 + exp(logit)));
    if (quantiles)
        json_object_set_new(o, "verdict", verdict_of(logit, quantiles));
}

bool read_band(double band[2], const json_t *verdict)
{
    const json_t *ends = json_object_get(verdict, "band");
    for (size_t i = 0; i < 2; i++)
        band[i] = json_number_value(json_array_get(ends, i));
    return ends;
}

/* ---- Words ---- */

static bool is_undecided(const json_t *verdict)
{
    return strcmp(word_at(verdict, "word"), verdicts[VERDICT_UNDECIDED]) == 0;
}

/* Real pictures or generated ones, as a verdict states them. */
typedef struct {
    const char *name, *classes; /* "real"; " of all classes", or nothing */
    double n, below;            /* pictures; share of them with a lower logit */
    float quantiles[N_QUANTILES];
} picture_kind;

static void read_quantiles(float quantiles[N_QUANTILES], const json_t *list)
{
    for (size_t i = 0; i < N_QUANTILES; i++)
        quantiles[i] = (float)json_number_value(json_array_get(list, i));
}

/* D's logit of a picture of one class stands beside those of pictures of all. */
static const char *classes_of(const json_t *numbers)
{
    return json_object_get(numbers, "class") ? " of all classes" : "";
}

static picture_kind real_pictures(const json_t *numbers)
{
    const json_t *verdict = json_object_get(numbers, "verdict");
    picture_kind k = {.name = "real",
                      .classes = classes_of(numbers),
                      .n = number_at(verdict, "n_real"),
                      .below = number_at(verdict, "real_below")};
    read_quantiles(k.quantiles, json_object_get(verdict, "real_quantiles"));
    return k;
}

static picture_kind generated_pictures(const json_t *numbers)
{
    const json_t *verdict = json_object_get(numbers, "verdict");
    picture_kind k = {.name = "generated",
                      .classes = classes_of(numbers),
                      .n = number_at(verdict, "n_generated"),
                      .below = number_at(verdict, "generated_below")};
    read_quantiles(k.quantiles, json_object_get(verdict, "generated_quantiles"));
    return k;
}

static bool is_under_all(const picture_kind *k, double logit)
{
    return logit < (double)k->quantiles[0];
}

static bool is_over_all(const picture_kind *k, double logit)
{
    return logit > (double)k->quantiles[N_QUANTILES - 1];
}

/* "31 % of real"; no share is called 0 or 100 % that is neither. */
static void add_share(text *t, const picture_kind *k)
{
    double percent = 100 * k->below;
    if (percent < 1)
        text_add(t, "fewer than 1 %% of %s", k->name);
    else if (percent > 99)
        text_add(t, "more than 99 %% of %s", k->name);
    else
        text_add(t, "%.0f %% of %s", percent, k->name);
}

/* "31 % of real pictures of all classes get less", "all 10,000 generated pictures get more". */
static void add_standing(text *t, const picture_kind *k, double logit)
{
    bool is_extreme = is_under_all(k, logit) || is_over_all(k, logit);
    if (is_extreme && k->n < 2) {
        text_add(t, "the one %s picture gets %s", k->name,
                 is_under_all(k, logit) ? "more" : "less");
        return;
    }
    if (is_extreme) {
        text_add(t, "all ");
        text_add_grouped(t, (uint64_t)k->n);
        text_add(t, " %s", k->name);
    } else
        add_share(t, k);
    text_add(t, " pictures%s get %s", k->classes, is_under_all(k, logit) ? "more" : "less");
}

static void add_standings(text *t, const json_t *numbers, double logit)
{
    picture_kind real = real_pictures(numbers), generated = generated_pictures(numbers);
    bool is_among = !is_under_all(&real, logit) && !is_over_all(&real, logit) &&
                    !is_under_all(&generated, logit) && !is_over_all(&generated, logit);
    if (is_among) {
        add_share(t, &real);
        text_add(t, " and ");
        add_share(t, &generated);
        text_add(t, " pictures%s get less", real.classes);
        return;
    }
    add_standing(t, &real, logit);
    text_add(t, " and ");
    add_standing(t, &generated, logit);
}

/* Whether most generated pictures get less than most real ones: what is undecided then lies between
 * them, else among both. */
static bool are_apart(const json_t *numbers)
{
    return generated_pictures(numbers).quantiles[3 * QUARTER] <
           real_pictures(numbers).quantiles[QUARTER];
}

static void add_conclusion(text *t, const json_t *numbers)
{
    const json_t *verdict = json_object_get(numbers, "verdict");
    if (!is_undecided(verdict))
        text_add(t, ", so D takes it for %s", word_at(verdict, "word"));
    else if (are_apart(numbers))
        text_add(t, ", which is between most generated and most real ones, so D is undecided");
    else
        text_add(t, ", so D cannot tell this one apart");
}

/* Whether all pictures get one logit. */
static bool is_constant(const json_t *numbers)
{
    picture_kind real = real_pictures(numbers), generated = generated_pictures(numbers);
    float one = real.quantiles[0];
    return real.quantiles[N_QUANTILES - 1] == one && generated.quantiles[0] == one &&
           generated.quantiles[N_QUANTILES - 1] == one;
}

static void add_reference(text *t, const json_t *numbers, double logit)
{
    if (is_constant(numbers) && logit == (double)real_pictures(numbers).quantiles[0]) {
        text_add(t, ", as of every other picture: D tells none apart.");
        return;
    }
    text_add(t, ": ");
    add_standings(t, numbers, logit);
    add_conclusion(t, numbers);
    text_add(t, ".");
}

void verdict_say(text *t, const json_t *numbers)
{
    number_text a;
    const json_t *verdict = json_object_get(numbers, "verdict");
    text_add(t, "The discriminator D gives it the logit %s", write_at(a, numbers, "logit", true));
    if (verdict)
        add_reference(t, numbers, number_at(numbers, "logit"));
    else
        text_add(
            t,
            ", by its own measure a probability of %s of being real; the model's file does not "
            "say what logits real and generated pictures get, so there is no verdict.",
            write_at(a, numbers, "probability_real", false));
}

void verdict_say_briefly(text *t, const json_t *numbers)
{
    number_text a;
    const json_t *verdict = json_object_get(numbers, "verdict");
    double logit = number_at(numbers, "logit");
    picture_kind real = real_pictures(numbers);
    text_add(t, "D's logit %s %s %s (", write_at(a, numbers, "logit", true),
             is_undecided(verdict) ? "is" : "says", word_at(verdict, "word"));
    add_standing(t, &real, logit);
    text_add(t, ")");
}

/* ---- The histogram ---- */

static void add_caption(text *t, const picture_kind *real, const picture_kind *generated,
                        const double band[2])
{
    number_text low, high;
    text_add_grouped(t, (uint64_t)real->n);
    text_add(t, " real and ");
    text_add_grouped(t, (uint64_t)generated->n);
    text_add(t, " generated pictures%s. Undecided from %s to %s.", real->classes,
             number_write(low, band[0], true), number_write(high, band[1], true));
}

void verdict_draw(figure *f, const json_t *numbers, const char *title)
{
    const json_t *verdict = json_object_get(numbers, "verdict");
    double band[2];
    if (!read_band(band, verdict))
        return;
    text caption = {0};
    picture_kind real = real_pictures(numbers), generated = generated_pictures(numbers);
    add_caption(&caption, &real, &generated, band);
    figure_add_histogram(
        f, &(histogram_panel){.title = "Where D puts it",
                              .subtitle = "D's logit, of many pictures",
                              .series = {{"real", real.quantiles, N_QUANTILES},
                                         {"generated", generated.quantiles, N_QUANTILES}},
                              .band = {band[0], band[1]},
                              .band_name = verdicts[VERDICT_UNDECIDED],
                              .mark = number_at(numbers, "logit"),
                              .mark_name = title,
                              .caption = caption.data});
    text_release(&caption);
}
