/* SPDX-License-Identifier: MIT */
/* What `occlusion` found, once more: effects in double, from references and things that are listed
 * anew, and the map from windows that are each asked what they cover. */
#include "occlusion_detail.h"
#include <math.h>
#include <stdlib.h>

#define AGAINST_DOUBLE(what)                                                                       \
    "by norm over a random half of " what ": |effect - effect in double| / |effect in double|, "   \
    "or over what float keeps of the target"

const explain_check occlusion_checks[] = {
    [CHECK_Z] = {.name = "occlusion.z_against_double",
                 .meaning = AGAINST_DOUBLE("the components"),
                 .tolerance = 1e-3},
    [CHECK_MOVES] = {.name = "occlusion.moves_against_double",
                     .meaning = AGAINST_DOUBLE("the components, each moved one way"),
                     .tolerance = 1e-3},
    [CHECK_X] = {.name = "occlusion.x_against_double",
                 .meaning = AGAINST_DOUBLE("the windows"),
                 .tolerance = 1e-3},
    [CHECK_COVER] = {.name = "occlusion.x_covered",
                     .meaning = "over the pixels: greatest |effect - mean over all windows that "
                                "cover it, each asked whether it does| / greatest effect of a "
                                "window",
                     .tolerance = 1e-5},
    [CHECK_SLOPE] = {.name = "occlusion.slope_against_differences",
                     .meaning = "by norm over random directions: |rate of change of the picture by "
                                "the Jacobian - by central differences in double| / |by "
                                "differences|, or over what float keeps of a pixel",
                     .tolerance = 1e-3,
                     .n_samples = 4,
                     .left_out = "# of 4 directions were left out, as a ReLU has a kink there.",
                     .all_left_out = "says nothing here, as a ReLU has a kink too near to z in "
                                     "each of # directions."},
    [CHECK_CHANGES] = {.name = "occlusion.robustness_against_double",
                       .meaning = "by norm over some of the random moves: |change - change in "
                                  "double| / |change in double|, of the picture or of the target, "
                                  "or over what float keeps of them, whichever is more",
                       .tolerance = 1e-3,
                       .n_samples = 4},
    {0}};

explain_check occlusion_check_effects(const checked_effects *c)
{
    explain_check check = occlusion_checks[c->f->input == INPUT_Z ? CHECK_Z : CHECK_X];
    occlusion_errors errors = {0};
    uint32_t *chosen = occlusion_choose(c->f, c->n);
    size_t *indices = allocate(c->n_indices, sizeof *indices);
    double here = occlusion_at(c->f, NULL, 0, 0);
    check.n_samples = occlusion_n_checked(c->f, c->n);
    for (size_t i = 0; i < check.n_samples; i++) {
        c->list(indices, chosen[i], c->context);
        occlusion_compare(&errors, c->effect[chosen[i]],
                          occlusion_in_double(c->f, here, indices, c->n_indices));
    }
    check.value = occlusion_error(&errors, c->f, check.tolerance);
    free(indices);
    free(chosen);
    return check;
}

/* The chosen ones are moved down and up by turns. */
explain_check occlusion_check_moves(const target_function *f, const float *moves)
{
    explain_check check = occlusion_checks[CHECK_MOVES];
    occlusion_errors errors = {0};
    uint32_t *chosen = occlusion_choose(f, f->n);
    double *row = allocate(f->n, sizeof *row), here = occlusion_at(f, NULL, 0, 0);
    check.n_samples = (f->n + 1) / 2;
    for (size_t k = 0; k < check.n_samples; k++) {
        bool is_up = k % 2;
        for (size_t i = 0; i < f->n; i++)
            row[i] = (double)f->at[i] + (i != chosen[k] ? 0 : is_up ? 1 : -1);
        occlusion_compare(&errors, (double)moves[(is_up ? f->n : 0) + chosen[k]],
                          target_in_double(f, row, NULL) - here);
    }
    check.value = occlusion_error(&errors, f, check.tolerance);
    free(row);
    free(chosen);
    return check;
}

explain_check occlusion_check_cover(const window_grid *g, const double *effect, const float *map)
{
    explain_check check = occlusion_checks[CHECK_COVER];
    double wrong = 0, size = 0;
    check.n_samples = g->shape.n;
    for (size_t i = 0; i < window_grid_count(g); i++)
        size = fmax(size, fabs(effect[i]));
    for (size_t p = 0; p < g->shape.n; p++) {
        double off = fabs((double)map[p] - window_grid_average_at(g, effect, p));
        wrong = worse(off, wrong);
    }
    check.value = wrong == 0 ? 0 : wrong / size;
    return check;
}
