/* SPDX-License-Identifier: MIT */
/* Models of every kind, made by hand: as plain networks they give what their own networks give with
 * class, prior and batch statistics written out, in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "close.h"
#include "folder.h"
#include "use_threads.h"

/* ---- Models made by hand ---- */

/* Odd sizes: of one, of what no vector divides, of more than one vector. */
typedef struct {
    size_t z_dim, n_classes, rows, cols, hidden;
} sizes;

static const sizes all_sizes[] = {{1, 1, 4, 4, 1}, {3, 3, 5, 7, 7}, {9, 2, 4, 9, 33}};

enum { ROWS = 5, MAX_WIDTH = 40 }; /* rows of a test, values of one of them */

/* Two layers of random weights and statistics, first and last what follows their widths in a spec;
 * the caller releases it. */
static network network_of(const char *first, const char *last, size_t hidden, size_t n_out,
                          size_t n_in)
{
    network net;
    error e = {0};
    char spec[80];
    rng r = rng_init(hidden + n_out, n_in);
    snprintf(spec, sizeof spec, "%zu%s,%zu%s", hidden, first, n_out, last);
    if (network_init(&net, spec, n_in, &e) != 0)
        fail_msg("%s", e.message);
    rng_fill_normal(&r, net.param, net.n_param);
    rng_fill_uniform(&r, net.stats, net.n_stats);
    for (size_t i = 0; i < net.n_stats; i++)
        net.stats[i] += 0.1f; /* variances, too */
    return net;
}

static model_card card_of(const char *kind, const sizes *s)
{
    return (model_card){.kind = kind,
                        .z_dim = s->z_dim,
                        .shape = {s->rows, s->cols, s->rows * s->cols},
                        .low = -1,
                        .high = 1};
}

static model_file opened(const model_card *card, const card_part *parts, size_t n)
{
    safetensors file = {0};
    model_file m;
    error e = {0};
    safetensors_set_metadata(&file, "format", "ganlens");
    safetensors_set_metadata(&file, "version", "1");
    safetensors_set_metadata(&file, "kind", "model");
    checkpoint_add_model(&file, card, parts, n);
    bytes b = save(&file, "model.safetensors");
    bytes_release(&b);
    assert_done(model_file_load(&m, &(model_source){.path = folder}, &e), &e);
    safetensors_release(&file);
    return m;
}

/* ---- What is expected ---- */

static float *random_rows(size_t width, uint64_t seed)
{
    float *x = allocate(ROWS * width, sizeof *x);
    rng r = rng_init(seed, 77);
    rng_fill_normal(&r, x, ROWS * width);
    return x;
}

/* Rows of x (ROWS, width) followed by the class as one-hot vector of n_classes. */
static double *with_class(const float *x, size_t width, size_t n_classes, size_t class)
{
    double *rows = allocate(ROWS * (width + n_classes), sizeof *rows);
    for (size_t r = 0; r < ROWS; r++) {
        double *row = rows + r * (width + n_classes);
        for (size_t i = 0; i < width; i++)
            row[i] = (double)x[r * width + i];
        if (class != NO_CLASS)
            row[width + class] = 1;
    }
    return rows;
}

/* The network as it is stored, running statistics and all, on x in double. */
static const double *evaluate(twin *t, const network *net, const double *x)
{
    twin_init(t, net, ROWS);
    return twin_forward(t, x, ROWS, (pass){0});
}

/* Plain: dense layers alone. It gives want (ROWS, n_out) on x. */
static void assert_gives(const network *net, float *x, const double *want)
{
    tape t = {0};
    for (size_t i = 0; i < net->n_layers; i++)
        assert_true(!net->layers[i].has_batchnorm && net->layers[i].dropout == 0.0f);
    tape_init(&t, net, ROWS);
    matrix y = network_forward(net, &t, matrix_view(x, ROWS, net->n_in), (pass){0});
    assert_close(y.data, want, ROWS * net->n_out, 2e-5, 2e-5);
    tape_release(&t);
}

typedef int network_getter(network *net, const model_file *m, size_t class, error *e);

static void assert_not_given(network_getter *get, const model_file *m, size_t class,
                             const char *message)
{
    network net = {0};
    error e = {0};
    assert_int_equal(get(&net, m, class, &e), -1);
    assert_message(&e, STATUS_USAGE, message);
    assert_message(&e, STATUS_USAGE, "model.safetensors: ");
    assert_null(net.param);
}

/* mu + L z for every row, or its inverse: forward substitution of z - mu. */
static void move_by_prior(double *z, const model_card *c, bool is_inverse)
{
    for (size_t r = 0; r < ROWS; r++) {
        double *row = z + r * c->z_dim, moved[MAX_WIDTH];
        for (size_t i = 0; i < c->z_dim; i++) {
            const float *factor = c->prior_factor + i * c->z_dim;
            double mu = (double)c->prior_mean[i];
            moved[i] = is_inverse ? row[i] - mu : mu;
            for (size_t k = 0; k < (is_inverse ? i : i + 1); k++)
                moved[i] += (double)factor[k] * (is_inverse ? -moved[k] : row[k]);
            if (is_inverse)
                moved[i] /= (double)factor[i];
        }
        memcpy(row, moved, c->z_dim * sizeof *row);
    }
}

/* A well-conditioned one; the caller frees both arrays. */
static void give_prior(model_card *c)
{
    size_t n = c->z_dim;
    float *mean = allocate(n, sizeof *mean), *factor = allocate(n * n, sizeof *factor);
    rng r = rng_init(5, n);
    rng_fill_normal(&r, mean, n);
    rng_fill_uniform(&r, factor, n * n);
    for (size_t i = 0; i < n; i++) {
        factor[i * n + i] += 1;
        for (size_t k = i + 1; k < n; k++)
            factor[i * n + k] = 0;
    }
    c->prior_mean = mean;
    c->prior_factor = factor;
}

static void take_prior(model_card *c)
{
    free((void *)(uintptr_t)c->prior_mean);
    free((void *)(uintptr_t)c->prior_factor);
}

/* ---- Classes ---- */

static void check_generator(const model_file *m, const network *g, size_t class)
{
    network net;
    error e = {0};
    twin t;
    float *z = random_rows(m->z_dim, 1);
    double *inputs = with_class(z, m->z_dim, m->n_classes, class);
    assert_int_equal(model_generator(&net, m, class, &e), 0);
    assert_int_equal(net.n_in, m->z_dim);
    assert_gives(&net, z, evaluate(&t, g, inputs));
    network_release(&net);
    twin_release(&t);
    free(inputs);
    free(z);
}

static void a_class_goes_into_the_generators_first_bias(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_sizes); i++) {
        const sizes *s = &all_sizes[i];
        model_card card = card_of("gan", s);
        card.n_classes = s->n_classes;
        network g = network_of(":bn:lrelu=0.2:dropout=0.3", ":bn:tanh", s->hidden, card.shape.n,
                               s->z_dim + s->n_classes);
        model_file m = opened(&card, &(card_part){"G", &g}, 1);
        assert_int_equal(m.n_classes, s->n_classes);
        assert_int_equal(m.shape.cols, s->cols);
        for (size_t class = 0; class < s->n_classes; class ++)
            check_generator(&m, &g, class);
        model_file_release(&m);
        network_release(&g);
    }
}

static void a_generator_without_class_is_only_folded(void **state)
{
    (void)state;
    model_card card = card_of("gan", &all_sizes[1]);
    network g = network_of(":bn:lrelu=0.2", ":tanh", 7, card.shape.n, card.z_dim);
    model_file m = opened(&card, &(card_part){"G", &g}, 1);
    check_generator(&m, &g, NO_CLASS);
    model_file_release(&m);
    network_release(&g);
}

/* Between two classes, and with a prior before them. */
static void the_class_can_stay_an_input(void **state)
{
    (void)state;
    model_card card = card_of("ae", &all_sizes[1]);
    error e = {0};
    network net;
    twin t;
    card.n_classes = 3;
    give_prior(&card);
    network g = network_of(":lrelu=0.2", ":tanh", 7, card.shape.n, 6);
    model_file m = opened(&card, &(card_part){"G", &g}, 1);
    float *zc = random_rows(6, 2);
    double *inputs = with_class(zc, 6, 0, NO_CLASS), z[ROWS * 3];
    for (size_t i = 0; i < ROWS * 3; i++)
        z[i] = inputs[i / 3 * 6 + i % 3];
    move_by_prior(z, &card, false);
    for (size_t i = 0; i < ROWS * 3; i++)
        inputs[i / 3 * 6 + i % 3] = z[i];
    assert_int_equal(model_generator_with_class(&net, &m, &e), 0);
    assert_int_equal(net.n_in, 6);
    assert_gives(&net, zc, evaluate(&t, &g, inputs));
    twin_release(&t);
    network_release(&net);
    network_release(&g);
    model_file_release(&m);
    take_prior(&card);
    free(inputs);
    free(zc);
}

/* ---- Critics ---- */

/* want: logits of the rows of x. */
static void check_critic(const model_file *m, size_t class, float *x, const double *want)
{
    network net;
    error e = {0};
    assert_int_equal(model_critic(&net, m, class, &e), 0);
    assert_int_equal(net.n_in, m->shape.n);
    assert_int_equal(net.n_out, 1);
    assert_gives(&net, x, want);
    network_release(&net);
}

/* d with random rows for the classes; the caller releases it. */
static network with_embedding(const network *d, size_t n_classes)
{
    network projecting;
    rng r = rng_init(n_classes, 3);
    network_copy(&projecting, d);
    network_add_classes(&projecting, n_classes);
    matrix embedding = projecting.layers[1].embedding;
    rng_fill_normal(&r, embedding.data, embedding.rows * embedding.cols);
    return projecting;
}

/* The network that was trained, dropout off, tells the same of rows of that class. */
static void assert_judges_alike(const network *projecting, size_t class, float *x,
                                const double *want)
{
    tape t;
    uint8_t classes[ROWS];
    memset(classes, (int)class, sizeof classes);
    tape_init(&t, projecting, ROWS);
    t.classes = classes;
    matrix logits =
        network_forward(projecting, &t, matrix_view(x, ROWS, projecting->n_in), (pass){0});
    assert_close(logits.data, want, ROWS, 2e-5, 2e-5);
    tape_release(&t);
}

static void a_projection_goes_into_the_critics_last_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_sizes); i++) {
        const sizes *s = &all_sizes[i];
        model_card card = card_of("gan", s);
        twin t;
        card.n_classes = s->n_classes;
        network g = network_of("", "", s->hidden, card.shape.n, s->z_dim + s->n_classes);
        network d = network_of(":lrelu=0.2:dropout=0.4", "", s->hidden, 1, card.shape.n);
        network projecting = with_embedding(&d, s->n_classes);
        const float *embedding = projecting.layers[1].embedding.data;
        model_file m = opened(&card, (card_part[]){{"G", &g}, {"D", &projecting}}, 2);
        float *x = random_rows(card.shape.n, 4);
        double *inputs = with_class(x, card.shape.n, 0, NO_CLASS), logits[ROWS];
        const double *plain = evaluate(&t, &d, inputs);
        for (size_t class = 0; class < s->n_classes; class ++) {
            for (size_t r = 0; r < ROWS; r++) {
                logits[r] = plain[r];
                for (size_t k = 0; k < s->hidden; k++)
                    logits[r] +=
                        (double)embedding[class * s->hidden + k] * t.output[0][r * s->hidden + k];
            }
            check_critic(&m, class, x, logits);
            assert_judges_alike(&projecting, class, x, logits);
        }
        twin_release(&t);
        model_file_release(&m);
        network_release(&g);
        network_release(&d);
        network_release(&projecting);
        free(inputs);
        free(x);
    }
}

/* The class behind the picture, the verdict a probability: the logit is what the sigmoid is of. */
static void a_critic_is_told_the_class_and_gives_the_logit(void **state)
{
    (void)state;
    model_card card = card_of("gan", &all_sizes[1]);
    twin t;
    card.n_classes = 3;
    network g = network_of("", "", 7, card.shape.n, 6);
    network d = network_of(":relu", ":sigmoid", 9, 1, card.shape.n + 3);
    model_file m = opened(&card, (card_part[]){{"G", &g}, {"D", &d}}, 2);
    float *x = random_rows(card.shape.n, 5);
    for (size_t class = 0; class < 3; class ++) {
        double *inputs = with_class(x, card.shape.n, 3, class);
        evaluate(&t, &d, inputs);
        check_critic(&m, class, x, t.pre[1]);
        twin_release(&t);
        free(inputs);
    }
    model_file_release(&m);
    network_release(&g);
    network_release(&d);
    free(x);
}

/* ---- Codes ---- */

static void a_prior_goes_into_decoder_and_encoder(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_sizes); i++) {
        const sizes *s = &all_sizes[i];
        model_card card = card_of("ae", s);
        network net;
        error e = {0};
        twin t;
        give_prior(&card);
        network g = network_of(":bn:lrelu=0.2", ":tanh", s->hidden, card.shape.n, s->z_dim);
        network encoder = network_of(":bn:lrelu=0.2", "", s->hidden, s->z_dim, card.shape.n);
        model_file m = opened(&card, (card_part[]){{"G", &g}, {"E", &encoder}}, 2);

        float *z = random_rows(s->z_dim, 6), *x = random_rows(card.shape.n, 7);
        double *codes = with_class(z, s->z_dim, 0, NO_CLASS);
        move_by_prior(codes, &card, false);
        assert_int_equal(model_generator(&net, &m, NO_CLASS, &e), 0);
        assert_gives(&net, z, evaluate(&t, &g, codes));
        network_release(&net);
        twin_release(&t);

        double *pictures = with_class(x, card.shape.n, 0, NO_CLASS);
        memcpy(codes, evaluate(&t, &encoder, pictures), ROWS * s->z_dim * sizeof *codes);
        move_by_prior(codes, &card, true);
        assert_int_equal(model_encoder(&net, &m, NO_CLASS, &e), 0);
        assert_gives(&net, x, codes);
        network_release(&net);
        twin_release(&t);

        model_file_release(&m);
        network_release(&g);
        network_release(&encoder);
        take_prior(&card);
        void *const blocks[] = {z, x, codes, pictures};
        for (size_t k = 0; k < COUNT(blocks); k++)
            free(blocks[k]);
    }
}

/* A vae's encoder gives means and log variances of a picture and its class. */
static void of_a_vaes_encoder_the_means_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_sizes); i++) {
        const sizes *s = &all_sizes[i];
        model_card card = card_of("vae", s);
        size_t z_dim = s->z_dim, class = s->n_classes - 1;
        network net;
        error e = {0};
        twin t;
        double means[ROWS * MAX_WIDTH];
        card.n_classes = s->n_classes;
        network g = network_of("", ":tanh", s->hidden, card.shape.n, z_dim + s->n_classes);
        network encoder =
            network_of(":lrelu=0.2", "", s->hidden, 2 * z_dim, card.shape.n + s->n_classes);
        model_file m = opened(&card, (card_part[]){{"G", &g}, {"E", &encoder}}, 2);
        float *x = random_rows(card.shape.n, 8);
        double *inputs = with_class(x, card.shape.n, s->n_classes, class);
        const double *both = evaluate(&t, &encoder, inputs);
        for (size_t k = 0; k < ROWS * z_dim; k++)
            means[k] = both[k / z_dim * 2 * z_dim + k % z_dim];
        assert_int_equal(model_encoder(&net, &m, class, &e), 0);
        assert_int_equal(net.n_out, z_dim);
        assert_gives(&net, x, means);
        check_generator(&m, &g, class);
        network_release(&net);
        twin_release(&t);
        model_file_release(&m);
        network_release(&g);
        network_release(&encoder);
        free(inputs);
        free(x);
    }
}

static void an_encoder_that_ends_in_tanh_cannot_be_whitened(void **state)
{
    (void)state;
    model_card card = card_of("ae", &all_sizes[1]);
    network net = {0}, g = network_of("", "", 7, card.shape.n, 3),
            encoder = network_of(":lrelu", ":tanh", 7, 3, card.shape.n);
    error e = {0};
    model_file plain = opened(&card, (card_part[]){{"G", &g}, {"E", &encoder}}, 2);
    assert_int_equal(model_encoder(&net, &plain, NO_CLASS, &e), 0); /* there is nothing to whiten */
    network_release(&net);
    give_prior(&card);
    model_file m = opened(&card, (card_part[]){{"G", &g}, {"E", &encoder}}, 2);
    assert_int_equal(model_encoder(&net, &m, NO_CLASS, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "the encoder '7:lrelu,3:tanh' ends in an activation");
    assert_null(net.param);
    model_file_release(&plain);
    model_file_release(&m);
    network_release(&g);
    network_release(&encoder);
    take_prior(&card);
}

/* ---- Classifiers ---- */

static void a_classifier_gives_logits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_sizes); i++) {
        const sizes *s = &all_sizes[i];
        model_card card = card_of("classifier", s);
        network net;
        error e = {0};
        twin t;
        card.z_dim = 0;
        card.n_classes = s->n_classes;
        network c = network_of(":bn:relu", ":sigmoid", s->hidden, s->n_classes, card.shape.n);
        model_file m = opened(&card, &(card_part){"C", &c}, 1);
        float *x = random_rows(card.shape.n, 9);
        double *inputs = with_class(x, card.shape.n, 0, NO_CLASS);
        evaluate(&t, &c, inputs);
        assert_not_given(model_generator, &m, NO_CLASS, "this classifier has no generator");
        assert_int_equal(model_classifier(&net, &m, &e), 0);
        assert_gives(&net, x, t.pre[1]);
        twin_release(&t);
        network_release(&net);
        network_release(&c);
        model_file_release(&m);
        free(inputs);
        free(x);
    }
}

/* ---- What cannot be asked for ---- */

static void classes_are_asked_for_where_there_are_some(void **state)
{
    (void)state;
    model_card card = card_of("gan", &all_sizes[1]);
    network net, plain = network_of("", "", 7, card.shape.n, 3),
                 g = network_of("", "", 7, card.shape.n, 6);
    error e = {0};
    model_file m = opened(&card, &(card_part){"G", &plain}, 1);
    assert_not_given(model_generator, &m, 0, "is not conditional: no class can be asked for");
    assert_not_given(model_critic, &m, NO_CLASS, "this gan has no discriminator");
    assert_not_given(model_encoder, &m, NO_CLASS, "this gan has no encoder");
    assert_int_equal(model_generator_with_class(&net, &m, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_int_equal(model_classifier(&net, &m, &e), -1);
    model_file_release(&m);
    card.n_classes = 3;
    m = opened(&card, &(card_part){"G", &g}, 1);
    assert_not_given(model_generator, &m, NO_CLASS, "say which class, 0 to 2");
    assert_not_given(model_generator, &m, 3, "class 3: there are 0 to 2");
    model_file_release(&m);
    network_release(&plain);
    network_release(&g);
}

/* By the setting `classes`; one that is damaged, or of labels that the model has not, says less. */
static void classes_that_were_left_out_cannot_be_asked_for(void **state)
{
    static const struct {
        const char *list;
        size_t n, known[4];
    } cases[] = {{"3,1", 2, {1, 3}}, {"0-1,3", 3, {0, 1, 3}}, {"2", 1, {2}},    {"2,77", 1, {2}},
                 {"2-", 0, {0}},     {"1;2", 1, {1}},         {"1,,2", 1, {1}}, {"", 0, {0}}};
    (void)state;
    size_t known[MAX_CLASSES];
    for (size_t i = 0; i < COUNT(cases); i++) {
        model_file m = {.n_classes = 4, .settings = json_pack("{s:s}", "classes", cases[i].list)};
        assert_int_equal(model_file_classes(known, &m), cases[i].n);
        assert_memory_equal(known, cases[i].known, cases[i].n * sizeof *known);
        json_decref(m.settings);
    }
    model_card card = card_of("gan", &all_sizes[1]);
    network net, g = network_of("", "", 7, card.shape.n, 6);
    error e = {0};
    card.n_classes = 3;
    model_file m = opened(&card, &(card_part){"G", &g}, 1);
    assert_int_equal(model_file_classes(known, &m), 3);
    m.settings = json_pack("{s:s}", "classes", "1-2");
    assert_not_given(model_generator, &m, 0, "it was trained on the classes 1-2 alone");
    assert_int_equal(model_generator_with_class(&net, &m, &e), 0);
    network_release(&net);
    assert_int_equal(model_generator(&net, &m, 2, &e), 0);
    network_release(&net);
    model_file_release(&m);
    network_release(&g);
}

static int start(void **state)
{
    use_threads(1);
    return make_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_goes_into_the_generators_first_bias),
        cmocka_unit_test(a_generator_without_class_is_only_folded),
        cmocka_unit_test(the_class_can_stay_an_input),
        cmocka_unit_test(a_projection_goes_into_the_critics_last_weights),
        cmocka_unit_test(a_critic_is_told_the_class_and_gives_the_logit),
        cmocka_unit_test(a_prior_goes_into_decoder_and_encoder),
        cmocka_unit_test(of_a_vaes_encoder_the_means_are_kept),
        cmocka_unit_test(an_encoder_that_ends_in_tanh_cannot_be_whitened),
        cmocka_unit_test(a_classifier_gives_logits),
        cmocka_unit_test(classes_are_asked_for_where_there_are_some),
        cmocka_unit_test(classes_that_were_left_out_cannot_be_asked_for),
    };
    return cmocka_run_group_tests(tests, start, remove_folder);
}
