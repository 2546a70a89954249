/* SPDX-License-Identifier: MIT */
/* Whether explanations stay alike where z moves, beside the picture, and from model to model. */
#include "across.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far z is moved, the prior's own deviation being 1. */
static const float sigmas[] = {0.02f, 0.05f, 0.1f, 0.2f, 0.5f};
enum { N_SIGMAS = sizeof sigmas / sizeof *sigmas, N_NEAR = 4, TOLD = 2 }; /* TOLD: in words */

#define CURVE_MEANING                                                                              \
    "how alike things stay where z moves at random by sigma, a line a method and one, called "     \
    "picture, for the picture itself (SSIM); 1 the same, 0 nothing in common"
#define END_MEANING "an end of the 95 % intervals over the moves, row by row those of the curves"

#define CURVE_ROWS(NAME, TITLE, UNIT, SENTENCE)                                                    \
    {.name = NAME,                                                                                 \
     .space = SPACE_CURVE,                                                                         \
     .sign = SIGN_SIGNED,                                                                          \
     .role = ROLE_TRUST,                                                                           \
     .has_gaps = true,                                                                             \
     .title = TITLE,                                                                               \
     .unit = UNIT,                                                                                 \
     .meaning = CURVE_MEANING,                                                                     \
     .sentence = SENTENCE},                                                                        \
        {.name = NAME ".low",                                                                      \
         .space = SPACE_CURVE,                                                                     \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_RAW,                                                                         \
         .has_gaps = true,                                                                         \
         .title = "Lower ends of " NAME,                                                           \
         .meaning = END_MEANING,                                                                   \
         .low_of = NAME},                                                                          \
    {                                                                                              \
        .name = NAME ".high", .space = SPACE_CURVE, .sign = SIGN_SIGNED, .role = ROLE_RAW,         \
        .has_gaps = true, .title = "Upper ends of " NAME, .meaning = END_MEANING, .high_of = NAME  \
    }

static const array_row arrays[] = {
    CURVE_ROWS("stability.near.z", "How far the components of z keep their order where z moves",
               "rank correlation; picture: SSIM",
               "A line above that of the picture is an explanation that is steadier than what it "
               "explains."),
    CURVE_ROWS("stability.near.x", "How far the pixels keep their order where z moves",
               "rank correlation; picture: SSIM",
               "The same is shown of the order in which the maps of pixels put these."),
    CURVE_ROWS("stability.looks.x", "How far maps of pixels look the same where z moves",
               "SSIM, maps and picture", "Of pixels it is shown, too, how alike the maps look."),
    ACROSS_ROWS,
    {0}};

/* ---- What is compared ---- */

/* Place 0 is z itself; draw k at sigma s is place 1 + s N_NEAR + k. */
enum { N_PLACES = 1 + N_SIGMAS * N_NEAR };

typedef struct {
    const explain_task *t;
    explained_z *all; /* (N_PLACES); owned */
} near_places;

/* The same directions at each sigma. */
static void fill_places(float *z, const explain_task *t)
{
    size_t n = t->x->z_dim;
    float *e = allocate(n, sizeof *e);
    memcpy(z, t->rows->z, n * sizeof *z);
    for (uint32_t k = 0; k < N_NEAR; k++) {
        rng r = trust_rng(t->q->probe, TRUST_NEAR, k);
        rng_fill_normal(&r, e, n);
        for (size_t s = 0; s < N_SIGMAS; s++)
            for (size_t i = 0; i < n; i++)
                z[(1 + s * N_NEAR + k) * n + i] = t->rows->z[i] + sigmas[s] * e[i];
    }
    free(e);
}

static int near_places_make(near_places *p, const reruns *r, const explain_task *t,
                            const explain_method *by, error *e)
{
    float *z = allocate(N_PLACES * t->x->z_dim, sizeof *z);
    *p = (near_places){t, allocate(N_PLACES, sizeof *p->all)};
    fill_places(z, t);
    int status = explained_z_make_all(p->all, r, t, &(z_list){z, N_PLACES, by}, e);
    free(z);
    return status;
}

static void near_places_release(near_places *p)
{
    explained_z_release(p->all, N_PLACES);
    free(p->all);
}

/* A curve: of an input, by the order of values or by SSIM. */
typedef struct {
    const char *name, *low, *high, *words;
    explain_input input;
    bool is_ssim;
} curve_kind;

static const curve_kind kinds[] = {
    {"stability.near.z", "stability.near.z.low", "stability.near.z.high",
     "Explanations by z, compared by the order of their values (rank correlation)", INPUT_Z, false},
    {"stability.near.x", "stability.near.x.low", "stability.near.x.high",
     "Those by the pixels, compared likewise", INPUT_X, false},
    {"stability.looks.x", "stability.looks.x.low", "stability.looks.x.high",
     "Those by the pixels, compared by how they look (SSIM)", INPUT_X, true}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* Series 0 is the picture, series i the attribution i - 1. */
static size_t count_series(const near_places *p, explain_input input)
{
    return 1 + attributions_count_methods(&p->all->of[input]);
}

static double alike(const near_places *p, const curve_kind *k, size_t series, size_t place)
{
    const explained_z *here = p->all, *there = &p->all[place];
    const explain_task *t = p->t;
    if (!series)
        return alike_pictures(here->x, there->x, t);
    const attribution *a = &here->of[k->input].all[series - 1];
    const attribution *b = attributions_named(&there->of[k->input], a->name);
    return k->is_ssim ? alike_looks(a, b, t->x->shape) : alike_order(a, b);
}

static void fill_moves(double v[N_NEAR], const near_places *p, const curve_kind *k, size_t series,
                       size_t s)
{
    for (size_t i = 0; i < N_NEAR; i++)
        v[i] = alike(p, k, series, 1 + s * N_NEAR + i);
}

/* ---- Arrays ---- */

static float *add_curve(explanation *a, const near_places *p, const curve_kind *k, const char *name)
{
    size_t n = count_series(p, k->input);
    float *values = explanation_add(a, name, 1 + n, N_SIGMAS);
    memcpy(values, sigmas, sizeof sigmas);
    explanation_add_label(a, "sigma");
    explanation_add_label(a, "picture");
    for (size_t i = 1; i < n; i++)
        explanation_add_label(a, p->all->of[k->input].all[i - 1].name);
    return values;
}

static float within_one(double v) { return (float)(v < -1 ? -1 : v > 1 ? 1 : v); }

static void add_curves(explanation *a, const near_places *p, const curve_kind *k)
{
    float *value = add_curve(a, p, k, k->name);
    float *low = add_curve(a, p, k, k->low), *high = add_curve(a, p, k, k->high);
    for (size_t i = 0; i < count_series(p, k->input); i++)
        for (size_t s = 0; s < N_SIGMAS; s++) {
            double v[N_NEAR];
            fill_moves(v, p, k, i, s);
            estimate found = estimate_of_few(v, N_NEAR);
            value[(1 + i) * N_SIGMAS + s] = within_one(found.value);
            low[(1 + i) * N_SIGMAS + s] = within_one(found.low);
            high[(1 + i) * N_SIGMAS + s] = within_one(found.high);
        }
}

/* ---- Words ---- */

/* How much more alike than the picture a series stays at the sigma that is told, move by move. */
static estimate lead_of(const near_places *p, const curve_kind *k, size_t series, size_t s)
{
    double own[N_NEAR], of_picture[N_NEAR];
    fill_moves(own, p, k, series, s);
    fill_moves(of_picture, p, k, 0, s);
    for (size_t i = 0; i < N_NEAR; i++)
        own[i] -= of_picture[i];
    return estimate_of_few(own, N_NEAR);
}

static double mean_at(const near_places *p, const curve_kind *k, size_t series, size_t s)
{
    double v[N_NEAR];
    fill_moves(v, p, k, series, s);
    return estimate_of_few(v, N_NEAR).value;
}

/* Names by how they stand to the picture. */
typedef struct {
    text steadier, alike, less, unknown;
} standing;

static void add_name(text *names, const near_places *p, const curve_kind *k, size_t series)
{
    double value = mean_at(p, k, series, TOLD);
    text_add(names, "%s%s", names->length ? ", " : "", p->all->of[k->input].all[series - 1].name);
    if (!isnan(value))
        text_add(names, " %.2f", value);
}

static void find_standing(standing *s, const near_places *p, const curve_kind *k)
{
    for (size_t i = 1; i < count_series(p, k->input); i++) {
        estimate lead = lead_of(p, k, i, TOLD);
        text *names = isnan(lead.value) ? &s->unknown
                      : lead.low > 0    ? &s->steadier
                      : lead.high < 0   ? &s->less
                                        : &s->alike;
        add_name(names, p, k, i);
    }
}

static void add_group(text *words, const char *before, text *names)
{
    if (names->length)
        text_add(words, "%s %s: %s", words->data[words->length - 1] == ':' ? "" : ";", before,
                 names->data);
    text_release(names);
}

static void tell_kind(text *words, const near_places *p, const curve_kind *k)
{
    standing s = {{0}, {0}, {0}, {0}};
    find_standing(&s, p, k);
    text_add(words, " %s:", k->words);
    add_group(words, "steadier than the picture", &s.steadier);
    add_group(words, "no telling from so few moves", &s.alike);
    add_group(words, "less steady than the picture", &s.less);
    add_group(words, "not known, for the map is the same everywhere", &s.unknown);
    text_add(words, ".");
}

static void tell(explanation *a, const near_places *p)
{
    const trust_settings *set = p->t->settings;
    text words = {0};
    text_add(&words,
             "z was moved at random, every component by sigma times a normal number (z itself has "
             "sigma 1), %d times for each sigma, and each method run again with the same random "
             "numbers and at most %d samples. At sigma %.3g the picture stays %.2f alike (SSIM; 1 "
             "is the same). An explanation that changes more than what it explains is not one of "
             "this picture alone.",
             N_NEAR, RERUN_SAMPLES, (double)sigmas[TOLD], mean_at(p, kinds, 0, TOLD));
    for (size_t k = 0; k < N_KINDS; k++)
        if (count_series(p, kinds[k].input) > 1)
            tell_kind(&words, p, &kinds[k]);
    reruns_tell_left_out(&words, set->plan);
    explanation_add_remark(a, NULL, words.data);
    text_release(&words);
}

static bool has_kinks(const explainer *x)
{
    for (size_t i = 0; i < N_NETS; i++)
        for (size_t k = 0; x->net[i] && k < x->net[i]->n_layers; k++)
            if (activations[x->net[i]->layers[k].f.kind].is_kinked)
                return true;
    return false;
}

static bool is_of_slopes(const attribution *v)
{
    return v->predicts == PREDICTS_RATE || v->predicts == PREDICTS_SCALED_RATE;
}

/* How alike m's order by that input stays at the least sigma, where it gives slopes and is less
 * steady than the picture; else NaN. */
static double jumping_order(const near_places *p, explain_input input, const explain_method *m)
{
    const curve_kind *k = &kinds[input];
    for (size_t i = 1; i < count_series(p, input); i++) {
        const attribution *v = &p->all->of[input].all[i - 1];
        if (v->method == m && is_of_slopes(v) && lead_of(p, k, i, 0).high < 0)
            return mean_at(p, k, i, 0);
    }
    return (double)NAN;
}

static void tell_kinks_of(explanation *a, const near_places *p, const explain_method *m)
{
    double by_z = jumping_order(p, INPUT_Z, m), by_x = jumping_order(p, INPUT_X, m);
    bool are_both = !isnan(by_z) && !isnan(by_x);
    text words = {0};
    if (isnan(by_z) && isnan(by_x))
        return;
    text_add(&words,
             "Its values by %s are slopes, and slopes jump at the kinks of the networks' units "
             "(ReLU): they hold at this very point. Where z moves by 0.02 of its spread, the "
             "picture stays %.3f alike, and their order %.2f",
             are_both      ? "z and by the pixels"
             : isnan(by_x) ? "z"
                           : "the pixels",
             mean_at(p, kinds, 0, 0), isnan(by_z) ? by_x : by_z);
    if (are_both)
        text_add(&words, " and %.2f", by_x);
    text_add(&words, " (1 is the same).");
    explanation_add_remark(a, m, words.data);
    text_release(&words);
}

static void tell_kinks(explanation *a, const near_places *p, const explain_plan *plan)
{
    for (size_t i = 0; has_kinks(p->t->x) && i < plan->n; i++)
        tell_kinks_of(a, p, plan->methods[i]);
}

/* ---- The report ---- */

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    const trust_settings *set = settings;
    *state = reruns_create(set->plan, x, q, e);
    return *state ? 0 : -1;
}

static void add_all(explanation *a, const near_places *p)
{
    for (size_t k = 0; k < N_KINDS; k++)
        if (count_series(p, kinds[k].input) > 1)
            add_curves(a, p, &kinds[k]);
    tell(a, p);
    tell_kinks(a, p, ((const trust_settings *)p->t->settings)->plan);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    near_places p;
    int status = near_places_make(&p, t->state, t, a->method, e);
    if (!status)
        status = across_add(a, t, p.all, e); /* comes first where it was asked for */
    if (!status)
        add_all(a, &p);
    near_places_release(&p);
    return status;
}

const explain_method stability_report = {
    .name = "stability",
    .summary = "whether explanations stay alike where z moves a little, beside the picture, and "
               "from model to model",
    .source = "local stability as Alvarez-Melis & Jaakkola 2018, arXiv:1806.08049, in rank "
              "correlation (Spearman 1904) and SSIM (Wang et al. 2004)",
    .lies = "A map that does not look at the model is the steadiest of all: steady is not right. "
            "And where the target itself bends, an explanation that follows it changes, too.",
    .arrays = arrays,
    .judges = true,
    .prepare = prepare,
    .run = run,
    .release = reruns_free};
