/* SPDX-License-Identifier: MIT */
/* What explanation.txt says is in explanation.json, and nothing it says is false. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "present.h"
#include "use_threads.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A folder with an explanation, and what its text and JSON say. */
typedef struct {
    char folder[32];
    bytes words;
    json_t *numbers;
} saved;

static char *copy_bytes_as_text(const char *words, size_t n)
{
    text t = {0};
    text_add_bytes(&t, words, n);
    return t.data;
}

static saved save_explanation(const explanation *a, const explainer *x, const json_t *target_facts)
{
    saved s = {.folder = "/tmp/ganlens-XXXXXX"};
    explanation_style style = {.low = -1, .high = 1, .n_top = 8};
    explanation_report report = {
        .title = "Seed 12", .seed_key = "seed", .seed = 12, .target_facts = target_facts};
    error e = {0};
    if (!mkdtemp(s.folder) ||
        explanation_style_read(
            &style, &(style_words){.overlay = "contour", .sign = "all", .scale = "image"}, &e) ||
        explanation_save(s.folder, a, x, &style, &report, &e))
        fail_msg("%s: %s", s.folder, e.message);
    char *path = join_path(s.folder, "explanation.txt");
    assert_int_equal(file_load(&s.words, path, 1 << 20, &e), 0);
    free(path);
    path = join_path(s.folder, "explanation.json");
    s.numbers = json_load_file(path, 0, NULL);
    assert_non_null(s.numbers);
    free(path);
    return s;
}

static void saved_release(saved *s)
{
    static const char *const names[] = {"explanation.txt", "explanation.json", "maps.safetensors"};
    for (size_t i = 0; i < 3; i++) {
        char *path = join_path(s->folder, names[i]);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_int_equal(rmdir(s->folder), 0); /* and nothing else was in it */
    bytes_release(&s->words);
    json_decref(s->numbers);
}

/* Whether a number of the text is v, rounded as the text rounds. */
static bool is_said_as(const char *said, double v)
{
    number_text digits;
    char fixed[2][32];
    snprintf(fixed[0], sizeof fixed[0], "%.0f", v);
    snprintf(fixed[1], sizeof fixed[1], "%.1f", v);
    return strcmp(said, number_write(digits, v, false)) == 0 || strcmp(said, fixed[0]) == 0 ||
           strcmp(said, number_write(digits, v, true)) == 0 || strcmp(said, fixed[1]) == 0 ||
           strcmp(said, number_write(digits, 100 * v, false)) == 0;
}

/* Whether a number, or a text, anywhere in o says it. */
static bool is_backed(const char *said, json_t *o)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_number(o))
        return is_said_as(said, json_number_value(o));
    if (json_is_string(o))
        return strstr(json_string_value(o), said);
    json_object_foreach(o, key, member) if (is_backed(said, member)) return true;
    json_array_foreach(o, i, member) if (is_backed(said, member)) return true;
    return false;
}

static void assert_backed(const saved *s)
{
    const char *at = (const char *)s->words.data;
    size_t n_numbers = 0;
    while (*(at += strcspn(at, "+-0123456789")) != '\0') {
        char said[32];
        size_t n = strspn(at, "+-0123456789.e");
        snprintf(said, sizeof said, "%.*s", (int)n, at);
        at += n;
        while (n > 1 && strchr(".e", said[n - 1])) /* a sentence's end */
            said[--n] = '\0';
        if (!strpbrk(said, "0123456789"))
            continue; /* a hyphen */
        if (!is_backed(said, s->numbers))
            fail_msg("'%s' is nowhere in the JSON:\n%s", said, (const char *)s->words.data);
        n_numbers++;
    }
    assert_true(n_numbers > 5);
}

static bool says(const saved *s, const char *words)
{
    text flat = {0}; /* lines and columns joined */
    for (const char *c = (const char *)s->words.data; *c; c++)
        if (!strchr(" \n", *c))
            text_add_bytes(&flat, c, 1);
        else if (!strchr(" \n", c[1]))
            text_add(&flat, " ");
    bool found = strstr(flat.data, words);
    text_release(&flat);
    return found;
}

/* Sentences begin with a capital after a stop, a newline or a list's sign; rows of tables are as
 * long as sentences are, and differ. */
static size_t sentence_length(const char *words)
{
    for (const char *c = words; *c && c[1]; c++)
        if ((*c == '.' || *c == '\n') &&
            (c[1] == '\n' || (c[1] == ' ' && isupper((unsigned char)c[2]))))
            return (size_t)(c - words) + 1;
    return strlen(words);
}

static void assert_no_sentence_comes_twice(const saved *s)
{
    for (const char *at = (const char *)s->words.data; *at;) {
        size_t n = sentence_length(at);
        char *sentence = copy_bytes_as_text(at, n);
        if (n > 20 && strstr(at + n, sentence))
            fail_msg("'%s' comes twice in:\n%s", sentence, (const char *)s->words.data);
        free(sentence);
        at += n;
    }
}

static void every_number_of_the_text_is_in_the_json(void **state)
{
    (void)state;
    static const char *const words[] = {
        "logit",     "gen",        "ink",      "pixel:14,14", "region:4,4,10,12",
        "rec:a.png", "loss:a.png", "unit:1,5", "unit:5,99"};
    float *reference = draw(N_PIXELS, 8);
    json_t *facts =
        json_pack("{s:s, s:i}", "reference", "training picture 4242", "reference_index", 4242);
    for (size_t i = 0; i < 2 * sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        explain_target t = comparing(words[i / 2], reference);
        s.has_d = i % 2 == 0;
        if (s.has_d || !explain_target_reads(&t, NET_CRITIC)) {
            float *z = draw(Z, 20 + i);
            aim_at(&s, t);
            explanation a = explained(&s, z, 4 + 8 * (i % 3));
            saved f = save_explanation(&a, &s.x, facts);
            assert_backed(&f);
            const json_t *share =
                json_object_get(json_object_get(f.numbers, "picture"), "ink_share");
            assert_true(fabs(json_number_value(share) - a.strokes.ink_share) < 1e-8);
            assert_int_equal(says(&f, "discriminator"), s.has_d);
            saved_release(&f);
            explanation_release(&a);
            free(z);
        }
        scene_release(&s);
    }
    json_decref(facts);
    free(reference);
}

static void the_text_says_nothing_false_where_all_is_zero_or_undecided(void **state)
{
    (void)state;
    scene s = scene_of("784:tanh", "1", 4);
    float z[4] = {1, 2, 3, 4};
    aim(&s, "logit");
    explanation a = explained(&s, z, 8);
    json_t *facts = json_object();
    saved f = save_explanation(&a, &s.x, facts);
    assert_backed(&f);
    assert_true(
        says(&f, "gives it the logit 0, by its own measure a probability of 0.5 of being real"));
    assert_true(says(&f, "No small change of z changes the target."));
    assert_true(says(&f, "No small change of a pixel changes the target."));
    assert_true(says(&f, "No small change of z changes a pixel."));
    assert_false(says(&f, "For small steps of z it depends most on"));
    assert_false(says(&f, "component z rate"));
    saved_release(&f);
    explanation_release(&a);

    memcpy(s.g.layers[0].weight.data, (float[]){0.0f, 0.0f, 1.0f, 0.0f}, 4 * sizeof(float));
    aim(&s, "unit:0,0"); /* z2 alone counts: the others are not spoken of */
    a = explained(&s, z, 8);
    f = save_explanation(&a, &s.x, facts);
    assert_backed(&f);
    assert_true(says(&f, "For small steps of z it depends most on z2."));
    assert_true(says(&f, "z2 +3"));
    assert_false(says(&f, "z1 "));
    saved_release(&f);
    explanation_release(&a);
    json_decref(facts);
    scene_release(&s);
}

static void the_text_says_which_checks_were_not_met_or_say_nothing(void **state)
{
    (void)state;
    scene s = kinked_scene(0.0f);
    float z[2] = {0};
    json_t *facts = json_object();
    explanation a = explained(&s, z, 2);
    a.checks[0].value = 0.5;
    a.checks[1].value = (double)NAN;
    saved f = save_explanation(&a, &s.x, facts);
    assert_true(says(&f, "value_against_double 0.5 0.001 NOT MET"));
    assert_true(says(&f, "gradient_against_double not finite 0.001 NOT MET"));
    assert_true(says(&f, "0.001 says nothing here"));
    assert_true(says(&f, "Not checked, since both share it:"));
    saved_release(&f);
    explanation_release(&a);
    json_decref(facts);
    scene_release(&s);
}

/* Whatever was asked for, the text says what there is, once, and nothing of what there is not. */
static void the_text_fits_the_methods(void **state)
{
    static const char *const methods[] = {"gradient", "gradient-x-input", "gradient,reach", "all"};
    static const char *const targets[] = {"logit", "pixel:4,5", "unit:1,5"};
    json_t *facts = json_object();
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        scene s = trained_scene(targets[i % 3]);
        float *z = draw(Z, 40 + i);
        explanation a = explained_by(&s, methods[i / 3], z, 5);
        saved f = save_explanation(&a, &s.x, facts);
        bool has_reach = strstr(methods[i / 3], "reach") || strcmp(methods[i / 3], "all") == 0;
        assert_backed(&f);
        assert_no_sentence_comes_twice(&f);
        assert_int_equal(says(&f, "How far the explanation reaches was not measured."), !has_reach);
        assert_int_equal(says(&f, "Raised from -2 to +2, z"), has_reach);
        assert_int_equal(says(&f, " at -2 at +2 "), has_reach);
        assert_int_equal(says(&f, " Of the 5 tried, z"), has_reach);
        assert_int_equal(strstr(json_string_value(json_object_get(f.numbers, "answer")),
                                ", over -2 to +2 on z") != NULL,
                         has_reach);
        assert_int_equal(says(&f, "The rates of the components "), has_reach);
        assert_false(says(&f, "is relative to. The rates of the components"));
        assert_false(has_reach && says(&f, "met The rates of the components"));
        assert_int_equal(says(&f, "what raising it does"), i / 3 != 1);
        assert_int_equal(says(&f, "share of right signs"), has_reach);
        assert_int_equal(says(&f, "along the gradient 100 % "), has_reach);
        assert_true(says(&f, "The arithmetic is right: "));
        assert_true(says(&f, "What not to conclude"));
        saved_release(&f);
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
    json_decref(facts);
}

static void a_single_component_is_spoken_of_as_one(void **state)
{
    scene s = scene_of("784:tanh", "1", 1);
    float z[1] = {0.5f};
    json_t *facts = json_object();
    (void)state;
    s.g.layers[0].weight.data[0] = 1;
    s.d.layers[0].weight.data[0] = 1;
    aim(&s, "logit");
    explanation a = explained_by(&s, "gradient,reach", z, 8);
    saved f = save_explanation(&a, &s.x, facts);
    assert_backed(&f);
    assert_true(says(&f, "Seed 12 stands for one random number, z0, of which the model made"));
    assert_true(says(&f, "For small steps of z it depends most on z0. Raised from -2 to +2, z0 "));
    assert_false(says(&f, "Share: "));
    saved_release(&f);
    explanation_release(&a);
    json_decref(facts);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_the_text_is_in_the_json),
        cmocka_unit_test(the_text_says_nothing_false_where_all_is_zero_or_undecided),
        cmocka_unit_test(the_text_fits_the_methods),
        cmocka_unit_test(a_single_component_is_spoken_of_as_one),
        cmocka_unit_test(the_text_says_which_checks_were_not_met_or_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
