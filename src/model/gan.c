/* SPDX-License-Identifier: MIT */
/* A generator against a discriminator (Goodfellow et al. 2014): D moves some times alone, then both
 * at once, by gradients at the parameters before that. */
#include "class_detail.h"
#include <stddef.h>
#include <stdlib.h>

enum { PART_G, PART_D };
enum { LOSS_G, LOSS_D, SCORE_REAL, SCORE_FAKE, R1, REC, R2, GRADIENT_PENALTY };

static const part_row parts[] = {{.prefix = "G",
                                  .option = "generator",
                                  .spec = offsetof(train_options, generator),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_Z,
                                  .out = SIDE_PICTURE,
                                  .class = CLASS_AS_INPUT,
                                  .has_average = true},
                                 {.prefix = "D",
                                  .option = "discriminator",
                                  .spec = offsetof(train_options, discriminator),
                                  .lr = offsetof(train_options, lr_d),
                                  .in = SIDE_PICTURE,
                                  .out = SIDE_LOGIT,
                                  .class = CLASS_BY_PROJECTION,
                                  .linear_output = "logit",
                                  .no_batchnorm = "would mix real and fake pictures",
                                  .moves_by_every_batch = true},
                                 {0}};

static uint64_t r1_interval(const train_options *o) { return o->r1 > 0 ? o->r1_every : 0; }
static uint64_t r2_interval(const train_options *o) { return o->r2 > 0 ? o->r2_every : 0; }
static uint64_t gp_interval(const train_options *o) { return o->gp > 0 ? o->gp_every : 0; }

enum { TEN_PENALTIES = 10 };

static uint64_t rec_interval(const train_options *o) { return o->rec_pairs > 0; }

/* Keys as in StyleGAN2-ADA's stats.jsonl, so that existing plot scripts work. */
static const number_row numbers[] = {{.key = "Loss/G/loss",
                                      .meaning = "the loss of G",
                                      .label = "  loss G",
                                      .decimals = 3,
                                      .is_loss = true,
                                      .panel = "Losses",
                                      .unit = "mean over pictures",
                                      .memory = 100},
                                     {.key = "Loss/D/loss",
                                      .meaning = "the loss of D, without a penalty",
                                      .label = " D",
                                      .decimals = 3,
                                      .is_loss = true,
                                      .panel = "Losses",
                                      .unit = "mean over pictures",
                                      .memory = 100},
                                     {.key = "Loss/scores/real",
                                      .meaning = "D's mean logit of real pictures",
                                      .label = "  D(real)",
                                      .decimals = 2,
                                      .is_signed = true,
                                      .panel = "D's scores",
                                      .unit = "mean logit",
                                      .memory = 100},
                                     {.key = "Loss/scores/fake",
                                      .meaning = "D's mean logit of generated pictures",
                                      .label = " D(fake)",
                                      .decimals = 2,
                                      .is_signed = true,
                                      .panel = "D's scores",
                                      .unit = "mean logit",
                                      .memory = 100},
                                     {.key = "Loss/r1_penalty",
                                      .meaning = "the gradient penalty on D at real pictures",
                                      .panel = "Penalties",
                                      .unit = "added to the loss of D",
                                      .memory = TEN_PENALTIES,
                                      .interval = r1_interval},
                                     {.key = "Loss/rec",
                                      .meaning = "the mean squared distance of what G makes of the "
                                                 "seeds of --rec-pairs to their pictures",
                                      .label = "  rec",
                                      .decimals = 4,
                                      .unit = "squared pixel values",
                                      .memory = 100,
                                      .interval = rec_interval,
                                      .is_extra = true},
                                     {.key = "Loss/r2_penalty",
                                      .meaning = "the gradient penalty on D at generated pictures",
                                      .panel = "Penalties",
                                      .unit = "added to the loss of D",
                                      .memory = TEN_PENALTIES,
                                      .is_extra = true,
                                      .interval = r2_interval},
                                     {.key = "Loss/gradient_penalty",
                                      .meaning = "the gradient penalty on D between real and "
                                                 "generated pictures",
                                      .panel = "Penalties",
                                      .unit = "added to the loss of D",
                                      .memory = TEN_PENALTIES,
                                      .is_extra = true,
                                      .interval = gp_interval},
                                     {0}};

/* Where D's gradient is looked at. */
typedef enum { AT_REAL, AT_FAKE, BETWEEN, N_PLACES } penalty_place;

/* What is added to D's loss in the steps when its number is due, weighted by a member of
 * train_options. */
typedef struct {
    const penalty_rule *rule;
    penalty_place place;
    size_t weight; /* of the member, a double, its offset */
    size_t number; /* that tells it */
} penalty_row;

static const penalty_row penalties[] = {
    {&zero_centred_penalty, AT_REAL, MEMBER_AT(train_options, r1, double), R1},
    {&zero_centred_penalty, AT_FAKE, MEMBER_AT(train_options, r2, double), R2},
    {&one_centred_penalty, BETWEEN, MEMBER_AT(train_options, gp, double), GRADIENT_PENALTY},
    {0},
};

static double weight_of(const penalty_row *p, const train_options *o)
{
    return *(const double *)(const void *)((const char *)o + p->weight);
}

static bool is_looked_at(penalty_place place, const train_options *o)
{
    for (const penalty_row *p = penalties; p->rule; p++)
        if (p->place == place && weight_of(p, o) > 0)
            return true;
    return false;
}

/* Of a batch B pictures are real, then B fake, as D sees them. */
typedef struct {
    const adversarial_loss *loss;
    tape d_at[N_PLACES]; /* views of the halves of D's tape, and one of its own where it is due */
    condition condition; /* of G's rows, and of those that D sees */
    const float *real_logit, *fake_logit; /* (B) */
    penalty d_penalty;
    float *share, *between;                    /* of real pictures in (B), and mixtures (B, n) */
    float *d_logit, *d_fake_logit, *d_picture; /* gradients (2 B), (B), (B, n) */
    augmentation changes;
    float *changed; /* (2 B, n): a batch, changed; NULL: D sees it as it is */
} gan;

/* ---- What the networks are shown of the step's k-th batch ---- */

/* The i-th generated picture has the class of the i-th real one. */
static matrix what_g_takes(const model *m, size_t k)
{
    gan *w = m->work;
    matrix z = matrix_view(model_z(m, k), (size_t)m->options.batch, (size_t)m->options.z_dim);
    return condition_join(&w->condition, m, k, z);
}

static float *where_g_writes(const model *m, size_t k)
{
    return model_real(m, k) + (size_t)m->options.batch * m->shape.n;
}

/* The real pictures and, behind them, those that G just made. */
static matrix what_d_sees(const model *m, size_t k)
{
    gan *w = m->work;
    size_t n = 2 * (size_t)m->options.batch;
    if (!w->changed)
        return matrix_view(model_real(m, k), n, m->shape.n);
    uint64_t index = m->step * m->n_batches + k;
    rng r = rng_init(m->options.seed, rng_stream(STREAM_AUGMENT, index));
    augmentation_draw(&w->changes, n, &r);
    augmentation_apply(w->changed, &w->changes, model_real(m, k), n);
    return matrix_view(w->changed, n, m->shape.n);
}

/* From the gradient by generated pictures as D saw them to that by what G made. */
static void pull_back_to_g(const gan *w, matrix d_picture)
{
    if (w->changed)
        augmentation_pull_back(d_picture.data, &w->changes, d_picture.data, d_picture.rows,
                               d_picture.rows);
}

/* ---- Life ---- */

static size_t n_batches(const train_options *o) { return o->d_steps > 1 ? (size_t)o->d_steps : 1; }

static void init_penalties(model *m)
{
    gan *w = m->work;
    size_t n = (size_t)m->options.batch;
    const network *d = &m->parts[PART_D].network;
    bool is_between = is_looked_at(BETWEEN, &m->options);
    if (is_between || is_looked_at(AT_REAL, &m->options) || is_looked_at(AT_FAKE, &m->options))
        penalty_init(&w->d_penalty, d, n);
    if (!is_between)
        return;
    tape_init(&w->d_at[BETWEEN], d, n);
    w->d_at[BETWEEN].classes = w->condition.classes;
    w->share = allocate(n, sizeof(float));
    w->between = allocate(n * m->shape.n, sizeof(float));
}

static int init(model *m, error *e)
{
    size_t n = (size_t)m->options.batch, pixels = m->shape.n;
    if (!m->options.loss)
        return fail(e, STATUS_USAGE, "--loss is not set; --model gan needs it");
    if (rec_pairs_check(m, e))
        return -1;
    gan *w = m->work = allocate(1, sizeof *w);
    *w = (gan){.loss = adversarial_loss_find(m->options.loss)};
    model_part *g = &m->parts[PART_G], *d = &m->parts[PART_D];
    tape_init(&g->tape, &g->network, n);
    tape_init(&d->tape, &d->network, 2 * n);
    condition_init(&w->condition, m, (size_t)m->options.z_dim, 2);
    d->tape.classes = w->condition.classes;
    tape_view_init(&w->d_at[AT_REAL], &d->tape);
    tape_view_init(&w->d_at[AT_FAKE], &d->tape);
    init_penalties(m);
    tape_place_output(&g->tape, where_g_writes(m, 0));
    w->d_logit = allocate(2 * n, sizeof(float));
    w->d_fake_logit = allocate(n, sizeof(float));
    w->d_picture = allocate(n * pixels, sizeof(float));
    augmentation_init(&w->changes, m->options.augment, m->shape, (float)m->options.range[0], 2 * n);
    if (augmentation_is_on(&w->changes))
        w->changed = allocate(2 * n * pixels, sizeof(float));
    return 0;
}

static void release(model *m)
{
    gan *w = m->work;
    if (!w)
        return;
    for (size_t i = 0; i < N_PLACES; i++)
        tape_release(&w->d_at[i]);
    penalty_release(&w->d_penalty);
    condition_release(&w->condition);
    free(w->share);
    free(w->between);
    free(w->d_logit);
    free(w->d_fake_logit);
    free(w->d_picture);
    augmentation_release(&w->changes);
    free(w->changed);
    free(w);
}

/* ---- Passes ---- */

/* Forward through both networks. */
static void evaluate(model *m, size_t k)
{
    gan *w = m->work;
    model_part *g = &m->parts[PART_G], *d = &m->parts[PART_D];
    size_t n = (size_t)m->options.batch;
    condition_tell(&w->condition, m, k);
    tape_place_output(&g->tape, where_g_writes(m, k));
    network_forward(&g->network, &g->tape, what_g_takes(m, k), model_pass(m, PART_G, k));
    w->real_logit =
        network_forward(&d->network, &d->tape, what_d_sees(m, k), model_pass(m, PART_D, k)).data;
    w->fake_logit = w->real_logit + n;
}

/* Points between what D saw of a real and of a generated picture, anywhere on the line. */
static matrix draw_between(model *m, size_t k)
{
    gan *w = m->work;
    size_t n = (size_t)m->options.batch, pixels = m->shape.n;
    rng r = rng_init(m->options.seed, rng_stream(STREAM_BETWEEN, m->step * m->n_batches + k));
    const float *real = m->parts[PART_D].tape.input.data, *fake = real + n * pixels;
    rng_fill_uniform(&r, w->share, n);
    for (size_t i = 0; i < n * pixels; i++)
        w->between[i] = fake[i] + w->share[i / pixels] * (real[i] - fake[i]);
    return matrix_view(w->between, n, pixels);
}

/* D's pass over the pictures of a place. */
static const tape *look_at(model *m, size_t k, penalty_place place)
{
    gan *w = m->work;
    model_part *d = &m->parts[PART_D];
    size_t n = (size_t)m->options.batch;
    if (place == BETWEEN)
        network_forward(&d->network, &w->d_at[place], draw_between(m, k),
                        model_pass(m, PART_D, m->n_batches + k));
    else
        tape_view_rows(&w->d_at[place], &d->tape, place == AT_REAL ? 0 : n, n);
    return &w->d_at[place];
}

/* What is due, in value and gradient. Seldom and so many times as much, it counts the same. */
static void add_penalties(model *m, size_t k)
{
    gan *w = m->work;
    model_part *d = &m->parts[PART_D];
    for (const penalty_row *p = penalties; p->rule; p++)
        if (number_is_due(m, p->number))
            m->numbers[p->number] =
                penalty_add(&w->d_penalty, p->rule, &d->network, look_at(m, k, p->place),
                            (float)weight_of(p, &m->options), (float)number_interval(m, p->number),
                            d->gradient);
}

/* D's loss, and its gradient. */
static void differentiate_d(model *m, size_t k)
{
    gan *w = m->work;
    model_part *d = &m->parts[PART_D];
    size_t n = (size_t)m->options.batch;
    m->numbers[LOSS_D] =
        w->loss->discriminator(w->real_logit, w->fake_logit, n, w->d_logit, w->d_logit + n);
    if (m->options.label_smoothing > 0)
        m->numbers[LOSS_D] +=
            w->loss->smoothing(w->real_logit, n, m->options.label_smoothing, w->d_logit);
    m->numbers[SCORE_REAL] = sum(w->real_logit, n) / (double)n;
    m->numbers[SCORE_FAKE] = sum(w->fake_logit, n) / (double)n;
    network_backward(&d->network, &d->tape, matrix_view(w->d_logit, 2 * n, 1), d->gradient,
                     (matrix){0});
    add_penalties(m, k);
}

/* G's loss, and its gradient, through D. */
static void differentiate_g(model *m)
{
    gan *w = m->work;
    model_part *g = &m->parts[PART_G], *d = &m->parts[PART_D];
    size_t n = (size_t)m->options.batch;
    matrix none = {0}, d_picture = matrix_view(w->d_picture, n, m->shape.n);
    const float *real_logit = w->loss->generator_reads_real ? w->real_logit : NULL;
    m->numbers[LOSS_G] = w->loss->generator(real_logit, w->fake_logit, n, w->d_fake_logit);
    tape *d_fake = &w->d_at[AT_FAKE];
    tape_view_rows(d_fake, &d->tape, n, n);
    network_backward(&d->network, d_fake, matrix_view(w->d_fake_logit, n, 1), NULL, d_picture);
    pull_back_to_g(w, d_picture);
    if (number_is_due(m, REC))
        m->numbers[REC] = rec_pairs_add(d_picture, where_g_writes(m, m->n_batches - 1), m);
    network_backward(&g->network, &g->tape, d_picture, g->gradient, none);
}

/* Updates of D alone, then one of both at once; each on a batch of its own. */
static int step(model *m, error *e)
{
    size_t last = m->n_batches - 1;
    rec_pairs_fill(m);
    for (size_t k = 0; k < last; k++) {
        evaluate(m, k);
        differentiate_d(m, k);
        if (part_update(&m->parts[PART_D], m, e))
            return -1;
    }
    evaluate(m, last);
    differentiate_d(m, last);
    differentiate_g(m);
    return model_update(m, e);
}

const model_class gan_class = {.name = "gan",
                               .summary = "a generator against a discriminator",
                               .recipe = "tuned",
                               .parts = parts,
                               .numbers = numbers,
                               .draws_z = true,
                               .n_blocks = 2,
                               .n_batches = n_batches,
                               .init = init,
                               .release = release,
                               .step = step};
