/* SPDX-License-Identifier: MIT */
/* What files say of the models in them: cards and arrays that do not fit are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trained.h"

/* Opens a gan "4,35:tanh", "5,1" of z_dim 3 and 5x7 with that card. */
static int open_with(model_file *m, const char *card, const safetensors *more, error *e)
{
    trained t = {.g = network_of("4,35:tanh", 3, 0.5f), .d = network_of("5,1", 35, 0.5f)};
    checkpoint_add_network(&t.file, "G.", &t.g);
    checkpoint_add_network(&t.file, "D.", &t.d);
    safetensors_set_metadata(&t.file, "format", "ganlens");
    safetensors_set_metadata(&t.file, "version", "1");
    safetensors_set_metadata(&t.file, "kind", "model");
    for (size_t i = 0; more && i < more->n_entries; i++) {
        const tensor_entry *x = &more->entries[i];
        safetensors_add(&t.file, x->name, x->type, x->rank, x->shape, x->data);
    }
    if (card)
        safetensors_set_metadata(&t.file, "model", card);
    int status = reopen(m, &t, (model_source){0}, e);
    trained_release(&t);
    return status;
}

static void assert_file_refused(const char *card, const safetensors *more, const char *message)
{
    model_file m;
    error e = {0};
    assert_int_equal(open_with(&m, card, more, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, message);
    assert_message(&e, STATUS_BAD_INPUT, "trained.safetensors: ");
    assert_null(m.path);
}

#define CARD(kind, z, n, rows, cols, range, networks)                                              \
    "{\"kind\":" kind ",\"z_dim\":" z ",\"n_classes\":" n ",\"rows\":" rows ",\"cols\":" cols      \
    ",\"range\":" range ",\"networks\":" networks "}"
#define GAN "\"gan\""
#define BOTH "{\"G\":\"4,35:tanh\",\"D\":\"5,1\"}"

static void cards_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "metadata 'model'"},
        {"[]", "metadata 'model': Expected object"},
        {"{}", "metadata 'model': Object item not found: kind"},
        {"{\"kind\":{\"a\":{\"b\":{\"c\":1}}}}", "metadata 'model'"},
        {CARD("7", "3", "0", "5", "7", "[-1,1]", BOTH), "metadata 'model': Expected string"},
        {CARD("\"gann\"", "3", "0", "5", "7", "[-1,1]", BOTH), "a model of kind 'gann', which"},
        {CARD(GAN, "\"3\"", "0", "5", "7", "[-1,1]", BOTH), "Expected integer"},
        {CARD(GAN, "0", "0", "5", "7", "[-1,1]", BOTH), "z_dim is 0, expected 1 to 65536"},
        {CARD(GAN, "65537", "0", "5", "7", "[-1,1]", BOTH), "z_dim is 65537"},
        {CARD(GAN, "4", "0", "5", "7", "[-1,1]", BOTH), "'G.0.weight' is 4x3, expected 4x4"},
        {CARD(GAN, "3", "-1", "5", "7", "[-1,1]", BOTH), "n_classes is -1, expected 0 to 256"},
        {CARD(GAN, "3", "257", "5", "7", "[-1,1]", BOTH), "n_classes is 257"},
        {CARD(GAN, "2", "1", "5", "7", "[-1,1]", BOTH), "'D.0.weight' is 5x35, expected 5x36"},
        {CARD(GAN, "3", "0", "3", "7", "[-1,1]", BOTH), "rows is 3, expected 4 to 128"},
        {CARD(GAN, "3", "0", "5", "129", "[-1,1]", BOTH), "cols is 129, expected 4 to 128"},
        {CARD(GAN, "3", "0", "-5", "-7", "[-1,1]", BOTH), "rows is -5"},
        {CARD(GAN, "3", "0", "5", "8", "[-1,1]", BOTH), "ends in 35 values, expected 40"},
        {CARD(GAN, "3", "0", "5", "7", "[1,1]", BOTH), "range is from 1 to 1"},
        {CARD(GAN, "3", "0", "5", "7", "[0,1e300]", BOTH), "range is from 0 to 1e+300"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,0,1]", BOTH), "metadata 'model'"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "[]"), "networks: G is missing"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"D\":\"5,1\"}"), "networks: G is missing"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"G\":7}"), "networks: G is missing"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"D\":null}"),
         "expected a text each for the networks of a gan, and no more"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"E\":\"5,3\"}"),
         "expected a text each for the networks of a gan, and no more"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4:silu,35:tanh\"}"),
         "the generator's spec: "},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"D\":\"5:bn,1\"}"),
         "'D.1.weight'"},
        {CARD(GAN, "3", "0", "5", "7", "[-1,1],\"more\":1", BOTH), "metadata 'model'"},
        {CARD("\"vae\"", "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"E\":\"5,6\"}"),
         "'E.0.weight' is missing"},
        {CARD("\"vae\"", "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"E\":\"5,3\"}"),
         "the encoder's spec '5,3' ends in 3 values, expected 6"},
        {CARD("\"ae\"", "3", "0", "5", "7", "[-1,1]", "{\"G\":\"4,35:tanh\",\"E\":\"5,6\"}"),
         "the encoder's spec '5,6' ends in 6 values, expected 3"},
        {CARD("\"classifier\"", "3", "2", "5", "7", "[-1,1]", "{\"C\":\"4,2\"}"),
         "z_dim is 3, expected 0 to 0"},
        {CARD("\"classifier\"", "0", "0", "5", "7", "[-1,1]", "{\"C\":\"4,2\"}"),
         "n_classes is 0, expected 1 to 256"},
        {CARD("\"classifier\"", "0", "2", "5", "7", "[-1,1]", "{\"C\":\"4,3\"}"),
         "the classifier's spec '4,3' ends in 3 values, expected 2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_file_refused(cases[i][0], NULL, cases[i][1]);
    assert_file_refused(NULL, NULL, "metadata 'settings' is missing");
}

static void arrays_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char card[] = CARD(GAN, "3", "0", "5", "7", "[-1,1]", BOTH);
    static const float zeros[16] = {0}, upper[9] = {1, 0, 1, 0, 1, 0, 0, 0, 1};
    static const struct {
        const char *name;
        size_t rank, shape[2];
        const float *data;
        const char *message;
    } cases[] = {
        {"prior.mean", 1, {3}, zeros, "'prior.factor' is missing"},
        {"prior.mean", 1, {4}, zeros, "'prior.mean' is 4, expected 3"},
        {"prior.factor", 2, {3, 3}, upper, "'prior.mean' is missing"},
        {"prior.factor", 2, {3, 4}, zeros, "'prior.factor' is 3x4, expected 3x3"},
        {"prior.factor", 1, {9}, zeros, "'prior.factor' is 9, expected 3x3"},
        {"D.embedding.weight", 2, {2, 5}, zeros, "'D.embedding.weight' is of classes"},
        {"D.embedding.weight", 2, {0, 5}, zeros, "'D.embedding.weight' is of classes"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        safetensors more = {0};
        safetensors_add(&more, cases[i].name, DTYPE_F32, cases[i].rank, cases[i].shape,
                        cases[i].data);
        assert_file_refused(card, &more, cases[i].message);
        safetensors_release(&more);
    }
}

static void a_factor_is_lower_triangular(void **state)
{
    (void)state;
    static const char card[] = CARD(GAN, "3", "0", "5", "7", "[-1,1]", BOTH);
    static const float mean[3] = {0};
    static const struct {
        float factor[9];
        const char *message; /* NULL: right */
    } cases[] = {
        {{1, 0, 0, 7, 1, 0, -7, 7, 1}, NULL},
        {{1, 0, 1, 0, 1, 0, 0, 0, 1}, "row 0, column 2"},
        {{1, 0, 0, 0, 0, 0, 0, 0, 1}, "row 1, column 1"},
        {{1, 0, 0, 0, 1, 0, 0, 0, -1}, "row 2, column 2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        safetensors more = {0};
        error e = {0};
        model_file m;
        safetensors_add(&more, "prior.mean", DTYPE_F32, 1, (size_t[]){3}, mean);
        safetensors_add(&more, "prior.factor", DTYPE_F32, 2, (size_t[]){3, 3}, cases[i].factor);
        if (cases[i].message) {
            assert_file_refused(card, &more, cases[i].message);
        } else {
            assert_int_equal(open_with(&m, card, &more, &e), 0);
            model_file_release(&m);
        }
        safetensors_release(&more);
    }
}

#define COUNTS "[-1,1],\"quantiles\":{\"n_real\":9,\"n_generated\":10000}"

static void quantiles_are_read_with_their_counts(void **state)
{
    (void)state;
    static const char card[] = CARD(GAN, "3", "0", "5", "7", COUNTS, BOTH);
    float real[N_QUANTILES], generated[N_QUANTILES];
    safetensors more = {0};
    model_file m;
    error e = {0};
    for (size_t i = 0; i < N_QUANTILES; i++)
        real[i] = (float)i / 8, generated[i] = -1; /* equal ones do not fall */
    safetensors_add(&more, "quantiles.real", DTYPE_F32, 1, (size_t[]){N_QUANTILES}, real);
    safetensors_add(&more, "quantiles.generated", DTYPE_F32, 1, (size_t[]){N_QUANTILES}, generated);
    assert_done(open_with(&m, card, &more, &e), &e);
    assert_non_null(m.quantiles);
    assert_true(m.quantiles->n_real == 9 && m.quantiles->n_generated == 10000);
    assert_memory_equal(m.quantiles->real, real, sizeof real);
    assert_memory_equal(m.quantiles->generated, generated, sizeof generated);
    model_file_release(&m);
    assert_done(open_with(&m, CARD(GAN, "3", "0", "5", "7", "[-1,1]", BOTH), NULL, &e), &e);
    assert_null(m.quantiles);
    model_file_release(&m);
    safetensors_release(&more);
}

/* At place 40 of one that rises else. */
static void assert_quantiles_refused(const char *card, const char *const names[2], float at_40,
                                     size_t n, const char *message)
{
    float v[N_QUANTILES];
    safetensors more = {0};
    for (size_t i = 0; i < N_QUANTILES; i++)
        v[i] = i == 40 ? at_40 : (float)i;
    for (size_t i = 0; i < 2 && names[i]; i++)
        safetensors_add(&more, names[i], DTYPE_F32, 1, &n, v);
    assert_file_refused(card, &more, message);
    safetensors_release(&more);
}

static void quantiles_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char card[] = CARD(GAN, "3", "0", "5", "7", COUNTS, BOTH);
    static const char *const both[] = {"quantiles.real", "quantiles.generated"},
                             *const one[] = {"quantiles.real", NULL};
    assert_quantiles_refused(card, both, 38.5f, N_QUANTILES,
                             "'quantiles.real' falls from 39 to 38.5 at place 40");
    assert_quantiles_refused(card, both, 41.5f, N_QUANTILES,
                             "'quantiles.real' falls from 41.5 to 41 at place 41");
    assert_quantiles_refused(card, both, 40, 100, "'quantiles.real' is 100, expected 101");
    assert_quantiles_refused(card, both, NAN, N_QUANTILES, "'quantiles.generated'");
    assert_quantiles_refused(card, one, 40, N_QUANTILES, "'quantiles.generated' is missing");
    assert_quantiles_refused(CARD(GAN, "3", "0", "5", "7", "[-1,1]", BOTH), both, 40, N_QUANTILES,
                             "'quantiles.real' is there, but metadata 'model' has no quantiles");
    assert_quantiles_refused(CARD(GAN, "3", "0", "5", "7", COUNTS, "{\"G\":\"4,35:tanh\"}"), both,
                             40, N_QUANTILES, "quantiles of D's logit, and the model has no D");
}

static void counts_that_do_not_fit_are_refused(void **state)
{
    (void)state;
#define COUNTED(counts) CARD(GAN, "3", "0", "5", "7", "[-1,1],\"quantiles\":" counts, BOTH)
    static const char *const cases[][2] = {
        {COUNTED("7"), "quantiles: Expected object"},
        {COUNTED("{}"), "quantiles: Object item not found: n_real"},
        {COUNTED("{\"n_real\":0,\"n_generated\":1}"), "n_real is 0, expected 1 to 1000000000"},
        {COUNTED("{\"n_real\":1,\"n_generated\":-1}"), "n_generated is -1, expected 1"},
        {COUNTED("{\"n_real\":1,\"n_generated\":1,\"n\":1}"), "quantiles: "},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_file_refused(cases[i][0], NULL, cases[i][1]);
}

/* Of a conditional gan whose D's last hidden layer is 5 wide. */
static void an_embedding_has_a_row_for_every_class(void **state)
{
    (void)state;
    static const char card[] = CARD(GAN, "1", "2", "5", "7", "[-1,1]", BOTH);
    static const float zeros[15] = {0};
    static const size_t shapes[][2] = {{2, 5}, {3, 5}, {2, 4}};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        safetensors more = {0};
        error e = {0};
        model_file m;
        safetensors_add(&more, "D.embedding.weight", DTYPE_F32, 2, shapes[i], zeros);
        if (i > 0) {
            assert_file_refused(card, &more, "'D.embedding.weight' is ");
        } else {
            assert_int_equal(open_with(&m, card, &more, &e), 0);
            model_file_release(&m);
        }
        safetensors_release(&more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_that_do_not_fit_are_refused),
        cmocka_unit_test(arrays_that_do_not_fit_are_refused),
        cmocka_unit_test(a_factor_is_lower_triangular),
        cmocka_unit_test(quantiles_are_read_with_their_counts),
        cmocka_unit_test(quantiles_that_do_not_fit_are_refused),
        cmocka_unit_test(counts_that_do_not_fit_are_refused),
        cmocka_unit_test(an_embedding_has_a_row_for_every_class),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
