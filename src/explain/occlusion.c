/* SPDX-License-Identifier: MIT */
/* The method `occlusion`: what the target loses where a component of z, or a window of the picture,
 * is put to a reference; what it does where a component is moved by one prior sigma; and how much
 * the picture changes by random changes of z (robustness.c).
 *
 * An effect is exact: the target at two places. It is that of one component or window alone, while
 * the others stay: effects add up to the whole only where the target does.
 *
 * A pixel has the mean over the windows that cover it. A target inside G has no picture, and leaves
 * what is over z alone. */
#include "occlusion_detail.h"
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    uint64_t window, stride; /* 0: by the pictures' shape */
} occlusion_settings;

static const option_row rows[] = {
    OPTION_COUNT(occlusion_settings, window, .name = "window", .role = ROLE_RESULT,
                 .high = PICTURE_MAX_SIDE, .value = "PIXELS",
                 .summary = "Put squares of pixels this wide to the baseline, one at a time; 0: a "
                            "seventh of the picture's shorter side."),
    OPTION_COUNT(occlusion_settings, stride, .name = "stride", .role = ROLE_RESULT,
                 .high = PICTURE_MAX_SIDE, .value = "PIXELS",
                 .summary = "How far each is from the next, at most its width; 0: half of that."),
};

static const occlusion_settings defaults = {0};
static const option_set options = {OPTION_GROUP("Method occlusion", rows, 0), &defaults,
                                   sizeof defaults};

/* ---- Arrays ---- */

#define CURVE_MEANING                                                                              \
    "the mean over random moves of z in which each component moves by about the size that is "     \
    "given, the bounds beyond which the least and the greatest tenth of the changes lie, and "     \
    "what the slope at 0 alone would give"

static const array_row arrays[] = {
    {.name = "occlusion.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What the target loses without each component of z",
     .unit = "target - target with the component at the baseline",
     .noun = "effect",
     .meaning = "how much less the target is where that component alone is put to the baseline, "
                "which is 0 unless --baseline says otherwise (of several: the mean)",
     .sentence = "Tried out one at a time, the components without which the target would be most "
                 "different are #, counted by what it loses where they are put to the baseline",
     .brief = "it changes most without #",
     .brief_if_zero = "no component alone makes it",
     .if_zero = "it stays as it is where any one component is put to the baseline"},
    {.name = "occlusion.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_SCALED_CHANGE,
     .title = "What the target loses without each part of the picture",
     .unit = "target - target with a window at the baseline",
     .noun = "effect",
     .meaning = "how much less the target is where a window is made black (or as --baseline says), "
                "the mean over the windows that cover the pixel",
     .sentence = "Blotted out a window at a time, the parts of the picture that change it most lie "
                 "#",
     .brief = "and without the pixels #",
     .if_zero = "it stays as it is where any one window of the picture is blotted out"},
    {.name = "occlusion.moves",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What moves of single components do",
     .unit = "target after the move - target",
     .meaning = "how the target changes where that component alone is moved down by 1, moved up by "
                "1 (the usual spread of a component), or put to the baseline; those that one of "
                "these moves the farthest",
     .if_zero = "no move of a single component by 1 changes it"},
    {.name = "occlusion.all_moves",
     .space = SPACE_MATRIX,
     .sign = SIGN_SIGNED,
     .role = ROLE_RAW,
     .title = "Moves of each component by one sigma",
     .unit = "target after the move - target",
     .meaning = "a row each for moves down and up by 1, a column a component of z"},
    {.name = "occlusion.window",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Width of the windows",
     .unit = "pixels",
     .meaning = "the side of the squares of pixels that are put to the baseline",
     .sentence = "The windows that were blotted out are # pixels wide."},
    {.name = "occlusion.robustness",
     .space = SPACE_CURVE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "How much the picture changes where z moves at random",
     .unit = "change of a pixel, root mean square, in " UNIT_PIXELS,
     .noun = "change",
     .meaning = CURVE_MEANING,
     .sentence = "Where all components of z move at random, a pixel changes (by root mean square) "
                 "by #, in prior sigmas",
     .if_zero = "no random move of z changes the picture"},
    {.name = "occlusion.robustness_error",
     .space = SPACE_CURVE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard errors of the change of the picture",
     .unit = UNIT_PIXELS,
     .meaning = "row by row those of the curves",
     .error_of = "occlusion.robustness"},
    {.name = "occlusion.target_robustness",
     .space = SPACE_CURVE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "How much the target changes where z moves at random",
     .unit = "|target after the move - target|",
     .noun = "change",
     .meaning = CURVE_MEANING,
     .sentence = "The target then goes up or down by #",
     .if_zero = "no random move of z changes the target"},
    {.name = "occlusion.target_robustness_error",
     .space = SPACE_CURVE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard errors of the change of the target",
     .unit = "|target after the move - target|",
     .meaning = "row by row those of the curves",
     .error_of = "occlusion.target_robustness"},
    {.name = "occlusion.slope",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Change of the picture per size of a random move",
     .unit = UNIT_PIXELS " / prior sigma",
     .meaning = "how much a pixel changes (root mean square) per size of a random move of all "
                "components, as that goes to 0: the mean of |Jacobian times direction| over the "
                "random directions, over the root of the number of pixels",
     .sentence =
         "Small random moves of all components of z change a pixel (by root mean square) by # "
         "times their size.",
     .sentence_if_zero = "Small moves of z do not change the picture at all.",
     .highest = "The least robust pictures, those that small moves of z change most, are of #."},
    {.name = "occlusion.slope_error",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of the slope",
     .unit = UNIT_PIXELS " / prior sigma",
     .meaning = "over the random directions",
     .error_of = "occlusion.slope"},
    {.name = "occlusion.place",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Other pictures that change less",
     .unit = "% of 100 random pictures of the model",
     .meaning = "how many of 100 other pictures change less by the same random moves of size 0.05: "
                "100 is the least robust picture, 0 the most; of those that change as much, a half",
     .sentence = "Of 100 other random pictures of the model, # change less by the same small moves "
                 "of z.",
     .sentence_if_zero = "All of 100 other random pictures of the model change more by the same "
                         "small moves of z."},
    {.name = "occlusion.place_error",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of how many change less",
     .unit = "%",
     .meaning = "as the 100 pictures are but a sample",
     .error_of = "occlusion.place"},
    {0}};

/* ---- Over z ---- */

static void add_check(explanation *a, explain_check c) { explanation_add_check(a, &c); }

static void list_component(size_t *indices, size_t i, const void *context)
{
    (void)context;
    *indices = i;
}

static const float *add_losses(explanation *a, const target_function *f)
{
    float *out = explanation_add(a, "occlusion.z", 0, 0);
    double *effect = allocate(f->n, sizeof *effect);
    const occlusion o = {.f = f, .n = f->n, .replace = occlusion_replace_component};
    const checked_effects c = {
        .f = f, .effect = effect, .n = f->n, .n_indices = 1, .list = list_component};
    baseline_rows b;
    baseline_rows_init(&b, f);
    occlusion_measure(effect, &o, &b);
    for (size_t i = 0; i < f->n; i++)
        out[i] = (float)effect[i];
    if (!f->t->q->skips_checks)
        add_check(a, occlusion_check_effects(&c));
    baseline_rows_release(&b);
    free(effect);
    return out;
}

/* Thing i is a move: all components down, then all up. */
static void move_component(float *row, const float *to, size_t i, const void *context)
{
    size_t n = *(const size_t *)context;
    (void)to;
    row[i % n] += i < n ? -1.0f : 1.0f;
}

static void add_row_labels(explanation *a, const size_t *which, size_t n)
{
    text label = {0};
    for (size_t i = 0; i < n; i++) {
        text_add(&label, "z%zu", which[i]);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

/* Of all moves (2, n) and of the losses (n) those of the components that are moved farthest. */
static void add_move_table(explanation *a, const target_function *f, const float *moves,
                           const float *loss)
{
    size_t n_top = f->t->q->n_top, *top = allocate(n_top, sizeof *top);
    float *farthest = allocate(f->n, sizeof *farthest);
    for (size_t i = 0; i < f->n; i++)
        farthest[i] = fmaxf(fabsf(loss[i]), fmaxf(fabsf(moves[i]), fabsf(moves[f->n + i])));
    n_top = find_strongest(top, n_top, farthest, f->n);
    float *out = explanation_add(a, "occlusion.moves", n_top, 4);
    for (size_t k = 0; k < n_top; k++) {
        const float row[] = {f->at[top[k]], moves[top[k]], moves[f->n + top[k]], -loss[top[k]]};
        memcpy(out + 4 * k, row, sizeof row);
    }
    explanation_add_label(a, "z now");
    explanation_add_label(a, "down by 1");
    explanation_add_label(a, "up by 1");
    explanation_add_label(a, "to the baseline");
    add_row_labels(a, top, n_top);
    free(farthest);
    free(top);
}

static void add_moves(explanation *a, const target_function *f, const float *losses)
{
    float *out = explanation_add(a, "occlusion.all_moves", 2, f->n);
    float *unused = allocate(f->n, sizeof *unused);
    double *loss = allocate(2 * f->n, sizeof *loss);
    const occlusion o = {.f = f, .n = 2 * f->n, .replace = move_component, .context = &f->n};
    occlusion_measure(loss, &o, &(baseline_rows){.n = 1, .rows = unused});
    for (size_t i = 0; i < 2 * f->n; i++)
        out[i] = (float)-loss[i];
    if (!f->t->q->skips_checks)
        add_check(a, occlusion_check_moves(f, out));
    add_move_table(a, f, out, losses);
    free(loss);
    free(unused);
}

/* ---- Over the picture ---- */

static void list_pixels(size_t *indices, size_t i, const void *context)
{
    window_grid_pixels(indices, context, i);
}

static void add_windows(explanation *a, const target_function *f, const window_grid *g)
{
    size_t n = window_grid_count(g);
    double *effect = allocate(n, sizeof *effect);
    const occlusion o = {.f = f, .n = n, .replace = window_grid_replace, .context = g};
    const checked_effects c = {.f = f,
                               .effect = effect,
                               .n = n,
                               .n_indices = g->side * g->side,
                               .list = list_pixels,
                               .context = g};
    baseline_rows b;
    baseline_rows_init(&b, f);
    occlusion_measure(effect, &o, &b);
    float *map = explanation_add(a, "occlusion.x", 0, 0);
    window_grid_average(map, g, effect);
    *explanation_add(a, "occlusion.window", 0, 0) = (float)g->side;
    if (!f->t->q->skips_checks) {
        add_check(a, occlusion_check_effects(&c));
        add_check(a, occlusion_check_cover(g, effect, map));
    }
    baseline_rows_release(&b);
    free(effect);
}

/* ---- Running ---- */

typedef struct {
    window_grid windows;
    robustness_prior *prior; /* NULL: not asked for */
} occlusion_state;

static void release(void *state)
{
    occlusion_state *s = state;
    free(s->prior);
    free(s);
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    const occlusion_settings *set = settings;
    window_grid windows;
    if (window_grid_init(&windows, x->shape, set->window, set->stride, e))
        return -1;
    occlusion_state *s = *state = allocate(1, sizeof *s);
    s->windows = windows;
    if (!q->skips_evidence && (!q->inputs || (q->inputs & 1u << INPUT_Z)))
        s->prior = robustness_prior_create(x, q);
    return 0;
}

/* The robustness first: w is still at z. */
static void explain_z(explanation *a, const target_function *f, const occlusion_state *s)
{
    bool has_evidence = !f->t->q->skips_evidence;
    if (has_evidence)
        robustness_run(f, a, s->prior);
    const float *losses = add_losses(a, f);
    if (has_evidence)
        add_moves(a, f, losses);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const occlusion_state *s = t->state;
    target_function f;
    (void)e;
    if (target_function_init(&f, t, a, INPUT_Z))
        explain_z(a, &f, s);
    if (target_function_init(&f, t, a, INPUT_X))
        add_windows(a, &f, &s->windows);
    return 0;
}

const explain_method occlusion_method = {
    .name = "occlusion",
    .summary = "what the target loses without each component of z and each part of the picture, "
               "tried out; what moves of z by one sigma do, and how robust the picture is",
    .source = "Zeiler & Fergus 2014, arXiv:1311.2901",
    .lies = "It takes one part away at a time: of two that do the same, neither seems needed, "
            "which interaction shows, and the effects need not add up. D may mind the edge of a "
            "black window more than what the window hides.",
    .arrays = arrays,
    .checks = occlusion_checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .reads = READS_INPUTS | READS_BASELINE | READS_SAMPLES,
    .options = &options,
    .prepare = prepare,
    .run = run,
    .release = release,
};
