/* SPDX-License-Identifier: MIT */
/* The golden numbers of tests/golden/make_golden_training.py: nine steps of two recipes in float64
 * from a seed on, through everything that `gantrain` draws. By norms, as its docstring says; never
 * to be loosened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "tests/golden/golden_training.safetensors";

enum { STEPS = 9, N_PICTURES = 200, N_NUMBERS = 5 };
static const double tolerance = 1e-5;

static safetensors golden;
static dataset digits;

/* A recipe with small networks, trained for STEPS. */
typedef struct {
    const char *name;
    invocation texts; /* of m's options */
    model m;
    double numbers[STEPS][N_NUMBERS]; /* of each step; 0 where it had no penalty */
} training;

static void note_numbers(void *context, uint64_t step, double done, double seconds)
{
    training *t = context;
    (void)done, (void)seconds;
    assert_int_equal(t->m.n_numbers, N_NUMBERS);
    for (size_t i = 0; i < N_NUMBERS; i++)
        t->numbers[step - 1][i] = isnan(t->m.numbers[i]) ? 0.0 : t->m.numbers[i];
}

/* The tuned recipe as it was when the numbers were made. */
static const recipe first_tuned = {
    .name = "tuned",
    .json = "{\"model\": \"gan\", \"z-dim\": 64, \"n-classes\": 10, \"range\": [-1, 1], "
            "\"init-weights\": \"he\", \"bn-momentum\": 0.99, \"batch\": 64, "
            "\"loss\": \"nonsaturating\", \"opt\": \"adam\", \"lr\": 1e-3, \"beta1\": 0.5, "
            "\"beta2\": 0.999, \"eps\": 1e-8, \"r1\": 0.1, \"r1-every\": 8, \"ema-kimg\": 50}"};

static train_options options_of(const recipe *r, invocation *texts)
{
    train_options o;
    error e = {0};
    if (recipe_read(&o, texts, r, &e))
        fail_msg("%s", e.message);
    return o;
}

static training train_recipe(const recipe *r, const char *generator, const char *discriminator)
{
    training t = {.name = r->name};
    train_options o = options_of(r, &t.texts);
    o.generator = generator;
    o.discriminator = discriminator;
    o.seed = UINT64_C(0x0123456789abcdef);
    image_set pictures = digits.train;
    pictures.n = N_PICTURES;
    train_events events = {.context = &t, .tick = note_numbers};
    error e = {0};
    if (model_init(&t.m, &o, &pictures, &e) ||
        train(&t.m, &(train_plan){.n_steps = STEPS}, &events, &e))
        fail_msg("%s", e.message);
    return t;
}

static training tuned(void)
{
    return train_recipe(&first_tuned, "12:bn:lrelu=0.2,5:bn:lrelu=0.2,784:tanh",
                        "5:lrelu=0.2,6:lrelu=0.2,1");
}

static training classic(void)
{
    return train_recipe(recipe_find("classic"),
                        "12:bn:lrelu=0.3:dropout=0.25,5:bn:lrelu=0.3:dropout=0.1,784:tanh",
                        "5:lrelu=0.3:dropout=0.4,1");
}

/* The n values called "recipe.prefix name" in the file; the caller frees them. */
static float *wanted(const training *t, const char *prefix, const char *name, size_t n)
{
    char full[96];
    snprintf(full, sizeof full, "%s.%s%s", t->name, prefix, name);
    const tensor_entry *entry = safetensors_find(&golden, full);
    float *v = allocate(n, sizeof *v);
    error e = {0};
    if (!entry || entry->n != n || safetensors_get(v, &golden, full, entry->rank, entry->shape, &e))
        fail_msg("%s: not there with %zu values", full, n);
    return v;
}

static void assert_floats(const training *t, const char *prefix, const char *name, const float *got,
                          size_t n)
{
    float *want = wanted(t, prefix, name, n);
    assert_close_by_norm(got, want, n, tolerance);
    free(want);
}

static void assert_network(const training *t, const char *prefix, const network *net)
{
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor tensor = network_tensor(net, i);
        assert_floats(t, prefix, tensor.name, tensor.data, tensor.n);
    }
}

static void assert_numbers(const training *t)
{
    float *want = wanted(t, "", "numbers", STEPS * N_NUMBERS);
    for (size_t i = 0; i < STEPS; i++)
        assert_close(t->numbers[i], want + i * N_NUMBERS, N_NUMBERS, tolerance, 1e-7);
    free(want);
    want = wanted(t, "", "running", N_NUMBERS);
    assert_close(t->m.running, want, N_NUMBERS, tolerance, 0);
    free(want);
}

static void assert_part(const training *t, const model_part *p)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%s.", p->row->prefix);
    assert_network(t, prefix, &p->network);
    snprintf(prefix, sizeof prefix, "%s_ema.", p->row->prefix);
    if (p->average.n_layers)
        assert_network(t, prefix, &p->average);
    snprintf(prefix, sizeof prefix, "%s.optimizer.", p->row->prefix);
    assert_floats(t, prefix, "m", p->optimizer.m, p->network.n_param);
    assert_floats(t, prefix, "v", p->optimizer.v, p->network.n_param);
}

static void assert_training(training t)
{
    assert_numbers(&t);
    for (size_t i = 0; i < t.m.n_parts; i++)
        assert_part(&t, &t.m.parts[i]);
    model_release(&t.m);
    invocation_release(&t.texts);
}

static void nine_steps_of_the_first_tuned_recipe_match(void **state)
{
    (void)state;
    assert_training(tuned());
}

static void nine_steps_of_the_classic_recipe_match(void **state)
{
    (void)state;
    assert_training(classic());
}

int main(void)
{
    use_threads(2);
    error e = {0};
    if (safetensors_load(&golden, path, &e) ||
        dataset_load(&digits, NULL, &(data_choice){.n_classes = 10}, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_steps_of_the_first_tuned_recipe_match),
        cmocka_unit_test(nine_steps_of_the_classic_recipe_match),
    };
    int status = run_on_every_level("golden training", tests, sizeof tests / sizeof *tests);
    safetensors_release(&golden);
    dataset_release(&digits);
    return status;
}
