/* SPDX-License-Identifier: MIT */
/* What options do to a part as it is updated: against the penalties' own values, against cases
 * solved by hand, and in training. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "digits.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART_G, PART_D };

/* Plain descent of a small gan: an update is the rate times the gradient. */
static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "4:bn:lrelu=0.2,784:tanh",
                           .discriminator = "3:lrelu=0.2,1",
                           .loss = "nonsaturating",
                           .opt = "sgd",
                           .init_weights = "glorot",
                           .z_dim = 2,
                           .batch = 4,
                           .seed = 5,
                           .range = {-1, 1},
                           .lr = 0.5,
                           .lr_d = (double)NAN,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

static model model_of(const train_options *o)
{
    model m;
    error e = {0};
    if (model_init(&m, o, &digits.train, &e))
        fail_msg("%s", e.message);
    return m;
}

/* The model after n steps; what trained it is released with it. */
static model trained_by(const train_options *o, uint64_t n)
{
    model m = model_of(o);
    train_events events = {0};
    error e = {0};
    if (train(&m, &(train_plan){.n_steps = n}, &events, &e))
        fail_msg("%s", e.message);
    return m;
}

static const update_rule *rule_of(const char *option)
{
    const update_rule *rule = update_rules;
    while (rule->option && strcmp(rule->option, option) != 0)
        rule++;
    return rule;
}

static void every_rule_is_in_words(void **state)
{
    (void)state;
    for (const update_rule *rule = update_rules; rule->option; rule++)
        assert_true(*rule->summary && *rule->source && *rule->when);
}

/* ---- L1 and L2 ---- */

/* Their values, of weight matrices alone. */
static double value_of(const network *net, double l1, double l2)
{
    double value = 0;
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t k = 0; k < net->layers[i].n_in * net->layers[i].n_out; k++) {
            double w = (double)net->layers[i].weight.data[k];
            value += l1 * fabs(w) + l2 / 2 * w * w;
        }
    return value;
}

/* The derivative by parameter i: central differences. */
static double slope_of(network *net, size_t i, double l1, double l2)
{
    float at = net->param[i];
    net->param[i] = at + 0x1p-10f;
    double up = value_of(net, l1, l2);
    net->param[i] = at - 0x1p-10f;
    double down = value_of(net, l1, l2);
    net->param[i] = at;
    return (up - down) * 0x1p9;
}

static void check_penalty(const char *option, double l1, double l2)
{
    train_options o = small_options();
    model m = model_of(&o);
    for (size_t i = 0; i < 2; i++) {
        model_part *p = &m.parts[i];
        for (size_t k = 0; k < p->network.n_param; k += 5) /* far from the kink of |w| */
            p->network.param[k] = k % 2 ? 0.75f : -0.25f;
        for (size_t k = 0; k < p->network.n_param; k++)
            p->gradient[k] = 2.0f;
        rule_of(option)->apply(p, l1 + l2);
        for (size_t k = 0; k < p->network.n_param; k += 5) {
            double want = 2.0 + slope_of(&p->network, k, l1, l2);
            assert_close(&p->gradient[k], &want, 1, 1e-6, 0);
        }
    }
    model_release(&m);
}

static void l1_and_l2_are_gradients_of_what_they_say(void **state)
{
    (void)state;
    check_penalty("l1", 0.3, 0);
    check_penalty("l2", 0, 0.3);
}

/* Of plain descent the two differ by the rate times l2 w, and where there is no weight not at all;
 * what else trains a part is as without. */
static void l2_moves_the_weights_of_every_part(void **state)
{
    (void)state;
    train_options o = small_options();
    model before = model_of(&o), without = trained_by(&o, 1);
    o.l2 = 0.25;
    model with = trained_by(&o, 1);
    for (size_t i = 0; i < 2; i++) {
        const network *net = &with.parts[i].network;
        for (size_t k = 0; k < network_count_tensors(net); k++) {
            named_tensor t = network_tensor(net, k);
            named_tensor w = network_tensor(&before.parts[i].network, k);
            named_tensor plain = network_tensor(&without.parts[i].network, k);
            for (size_t j = 0; j < t.n; j++) {
                double shrunk = t.rank == 2 ? 0.5 * 0.25 * (double)w.data[j] : 0.0;
                double want = (double)plain.data[j] - shrunk;
                assert_close(&t.data[j], &want, 1, 1e-6, 1e-7);
            }
        }
    }
    model_release(&before);
    model_release(&without);
    model_release(&with);
}

/* ---- Clipping ---- */

/* A gradient of 3 and 4 is 5 long. */
static void a_long_gradient_is_shortened_and_a_short_one_is_not(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    model_part *d = &m.parts[PART_D];
    float *last = &d->gradient[d->network.n_param - 1];
    memset(d->gradient, 0, d->network.n_param * sizeof *d->gradient);
    d->gradient[0] = 3;
    *last = -4;
    rule_of("clip-grad")->apply(d, 6.0);
    assert_true(d->gradient[0] == 3 && *last == -4);
    rule_of("clip-grad")->apply(d, 2.5);
    assert_true(d->gradient[0] == 1.5f && *last == -2);
    *last = NAN;
    rule_of("clip-grad")->apply(d, 2.5);
    assert_true(isnan(*last));
    model_release(&m);
}

static double distance(const network *a, const network *b)
{
    double square = 0;
    for (size_t i = 0; i < a->n_param; i++) {
        double difference = (double)a->param[i] - (double)b->param[i];
        square += difference * difference;
    }
    return sqrt(square);
}

/* L2 makes a gradient far longer than the limit; it is clipped with the rest. */
static void every_part_moves_no_further_than_its_clipped_gradient(void **state)
{
    (void)state;
    train_options o = small_options();
    o.clip_grad = 0.125;
    o.l2 = 10;
    o.discriminator = "3:sn:lrelu=0.2,1:sn"; /* the length is that of originals' gradients */
    model before = model_of(&o), after = trained_by(&o, 1);
    for (size_t i = 0; i < 2; i++) {
        double moved = distance(&after.parts[i].network, &before.parts[i].network);
        double want = 0.5 * 0.125;
        assert_close(&moved, &want, 1, 1e-5, 0);
    }
    model_release(&before);
    model_release(&after);
}

static float largest_of(const network *net)
{
    float largest = 0;
    for (size_t i = 0; i < net->n_param; i++)
        largest = fmaxf(largest, fabsf(net->param[i]));
    return largest;
}

static void parameters_of_d_are_clipped_after_its_update(void **state)
{
    (void)state;
    train_options o = small_options();
    model plain = trained_by(&o, 1);
    o.clip_weights = 0.01;
    model once = trained_by(&o, 1), later = trained_by(&o, 9);
    const network *d = &once.parts[PART_D].network, *want = &plain.parts[PART_D].network;
    for (size_t i = 0; i < d->n_param; i++)
        assert_true(d->param[i] == fmaxf(-0.01f, fminf(want->param[i], 0.01f)));
    assert_true(distance(&once.parts[PART_G].network, &plain.parts[PART_G].network) == 0);
    assert_true(largest_of(&later.parts[PART_D].network) == 0.01f);
    assert_true(largest_of(&later.parts[PART_G].network) > 0.5f);
    model_release(&plain);
    model_release(&once);
    model_release(&later);
}

/* What D multiplies by is made of originals that were clipped. */
static void clipped_originals_are_what_is_normalised(void **state)
{
    (void)state;
    train_options o = small_options();
    o.discriminator = "3:sn:lrelu=0.2,1:sn";
    o.clip_weights = 0.01;
    model m = trained_by(&o, 2);
    const network *d = &m.parts[PART_D].network;
    network anew;
    network_copy(&anew, d);
    network_normalise(&anew, 0);
    assert_true(largest_of(d) == 0.01f);
    assert_memory_equal(d->normal, anew.normal, d->n_normal * sizeof *d->normal);
    network_release(&anew);
    model_release(&m);
}

/* ---- The rates ---- */

/* At half of the run both are half; a quarter of a half turn has the cosine sqrt(1/2). */
static void schedules_are_where_a_pencil_says(void **state)
{
    (void)state;
    const rate_schedule *line = rate_schedule_find("linear"), *wave = rate_schedule_find("cosine");
    double got[] = {line->factor(0),   line->factor(0.25), line->factor(0.5),
                    line->factor(1),   wave->factor(0),    wave->factor(0.25),
                    wave->factor(0.5), wave->factor(1),    rate_schedules->factor(0.5)};
    double want[] = {1, 0.75, 0.5, 0, 1, 0.85355339059327373, 0.5, 0, 1};
    assert_close(got, want, 9, 1e-15, 1e-16);
    assert_null(rate_schedule_find("Cosine"));
    for (const rate_schedule *s = rate_schedules; s->name; s++) {
        assert_ptr_equal(rate_schedule_find(s->name), s);
        assert_true(*s->summary && *s->source && *s->when);
    }
}

/* The factor of each step, as the trainer sets what it is of. */
static void note_factor(void *context, uint64_t step, double done, double seconds)
{
    model *m = context;
    double warm = fmin((double)step / 4, 1.0), fallen = 1 - (double)(step - 1) / 8;
    (void)done, (void)seconds;
    m->step--; /* as it was during the step */
    double got = model_rate_factor(m), want = warm * fallen;
    m->step++;
    assert_close(&got, &want, 1, 1e-15, 0);
}

static void rates_grow_and_fall_with_the_steps(void **state)
{
    (void)state;
    train_options o = small_options();
    o.schedule = "linear";
    o.warmup = 4;
    model m = model_of(&o);
    train_events events = {.context = &m, .tick = note_factor};
    error e = {0};
    assert_int_equal(train(&m, &(train_plan){.n_steps = 8}, &events, &e), 0);
    assert_int_equal(m.step, 8);
    model_release(&m);
}

/* A first step of four of warm-up goes a quarter of the way, in every part. */
static void parts_move_by_the_rates_of_the_step(void **state)
{
    (void)state;
    train_options o = small_options();
    model before = model_of(&o), whole = trained_by(&o, 1);
    o.warmup = 4;
    model quarter = trained_by(&o, 1);
    for (size_t i = 0; i < 2; i++) {
        const network *start = &before.parts[i].network;
        double got = distance(&quarter.parts[i].network, start);
        double want = distance(&whole.parts[i].network, start) / 4;
        assert_close(&got, &want, 1, 1e-5, 0);
    }
    model_release(&before);
    model_release(&whole);
    model_release(&quarter);
}

/* ---- In training ---- */

/* An autoencoder's squared error at the first step and its mean over the last ones. */
static void check_that_it_learns(train_options o)
{
    o.model = "ae";
    o.encoder = "16:lrelu=0.2,4";
    o.generator = "16:lrelu=0.2,784:tanh";
    o.reconstruction = "mse";
    o.z_dim = 4;
    o.batch = 32;
    model first = trained_by(&o, 1), last = trained_by(&o, 150);
    if (!(last.running[0] < 0.75 * first.running[0]))
        fail_msg("--opt %s: from %g to %g", o.opt, first.running[0], last.running[0]);
    model_release(&first);
    model_release(&last);
}

static void every_optimizer_and_rule_lets_an_autoencoder_learn(void **state)
{
    (void)state;
    train_options o = small_options();
    o.beta1 = 0.9, o.beta2 = 0.99, o.weight_decay = 0.01;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        o.opt = rule->name;
        o.lr = rule->has_v ? 1e-3 : 1e-4;
        check_that_it_learns(o);
    }
    o.opt = "adam", o.lr = 1e-3;
    o.l1 = 1e-3, o.l2 = 1e-2, o.clip_grad = 10, o.warmup = 5;
    for (const rate_schedule *s = rate_schedules; s->name; s++) {
        o.schedule = s->name;
        check_that_it_learns(o);
    }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_in_words),
        cmocka_unit_test(l1_and_l2_are_gradients_of_what_they_say),
        cmocka_unit_test(l2_moves_the_weights_of_every_part),
        cmocka_unit_test(a_long_gradient_is_shortened_and_a_short_one_is_not),
        cmocka_unit_test(every_part_moves_no_further_than_its_clipped_gradient),
        cmocka_unit_test(parameters_of_d_are_clipped_after_its_update),
        cmocka_unit_test(clipped_originals_are_what_is_normalised),
        cmocka_unit_test(schedules_are_where_a_pencil_says),
        cmocka_unit_test(rates_grow_and_fall_with_the_steps),
        cmocka_unit_test(parts_move_by_the_rates_of_the_step),
        cmocka_unit_test(every_optimizer_and_rule_lets_an_autoencoder_learn),
    };
    return cmocka_run_group_tests_name("update_rules", tests, load_digits, release_digits);
}
