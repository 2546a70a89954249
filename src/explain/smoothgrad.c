/* SPDX-License-Identifier: MIT */
/* The method `smoothgrad`: the mean of the target's gradients around z, and around its picture.
 *
 * Noise is taken with both signs, and the mean of each two gradients is one sample: what changes
 * the gradient in proportion to the noise is then no error of the mean. */
#include "noise_detail.h"
#include <float.h>
#include <math.h>

#define WHERE_Z "component of z was moved by noise of # of its usual spread, which is 1"
#define WHERE_X "pixel was moved by noise of # of the range from black to white"

static const array_row arrays[] = {
    {.name = "smoothgrad.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_RATE,
     .title = "What each component of z does to the target, on average around here",
     .unit = "d target / d z, mean over noise",
     .noun = "rate",
     .meaning = "how fast the target rises as a component is raised, averaged over z that noise "
                "has moved: a rate of the smallest steps alone averages out",
     .sentence = "Averaged over z that noise has moved, the target depends most on #",
     .if_zero = "no small change changes the target, wherever noise has moved z"},
    NOISE_ARRAYS("smoothgrad", "z", SPACE_Z, "d target / d z", WHERE_Z, "z", "components"),
    {.name = "smoothgrad.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_RATE,
     .title = "What the pixels do to the target, on average around here",
     .unit = "d target / d pixel, mean over noise",
     .noun = "rate",
     .meaning = "how fast the target rises as a pixel is made brighter, averaged over pictures "
                "that noise has moved",
     .sentence = "Averaged over pictures that noise has moved, the target is decided most by the "
                 "pixels #",
     .if_zero = "no small change of a pixel changes the target, wherever noise has moved the "
                "picture"},
    NOISE_ARRAYS("smoothgrad", "x", SPACE_X, "d target / d pixel", WHERE_X, "the pixels", "pixels"),
    {0}};

#define SUMS(INPUT)                                                                                \
    "|smoothgrad." INPUT " along a random direction - mean of the gradients' slopes along it| / "  \
    "the root of these slopes' mean square, or |smoothgrad." INPUT "| / sqrt(n)"

static const explain_check checks[] = {
    NOISE_CHECKS("smoothgrad", "z", SUMS("z")), NOISE_CHECKS("smoothgrad", "x", SUMS("x")), {0}};

static void find_mean(double *value, double *deviation, const moments *m)
{
    double n = (double)m->n;
    for (size_t i = 0; i < m->width; i++) {
        value[i] = m->mean[i];
        if (deviation)
            deviation[i] = sqrt(m->second[i] / (n - 1) / n);
    }
}

/* No float holds less than FLT_MIN of a number. */
static double compare_sums(const noisy_gradients *g, const float *attribution)
{
    double along = 0, slope = 0, square = 0, n = (double)g->n;
    for (size_t k = 0; k < g->f.n; k++)
        along += (double)attribution[k] * g->direction[k];
    for (size_t i = 0; i < g->n; i++) {
        slope += g->slopes[i] / n;
        square += g->slopes[i] * g->slopes[i] / n;
    }
    double size = fmax(sqrt(square), norm(attribution, g->f.n) / sqrt((double)g->f.n));
    double wrong = fabs(along - slope), least = (double)FLT_MIN * sqrt((double)g->f.n);
    return wrong <= least ? 0 : wrong / size;
}

static const noise_method smoothgrad = {.name = "smoothgrad",
                                        .draw = DRAW_SMOOTHGRAD,
                                        .is_paired = true,
                                        .checks = checks,
                                        .find = find_mean,
                                        .compare_sums = compare_sums};

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    noise_run(t, a, &smoothgrad);
    return 0;
}

const explain_method smoothgrad_method = {
    .name = "smoothgrad",
    .summary = "the gradient averaged over noise around z and around the picture",
    .source = "Smilkov, Thorat, Kim, Viegas & Wattenberg 2017, arXiv:1706.03825",
    .lies = "It tells of the neighbours, not of this picture. With much noise (--noise) they "
            "are other pictures, with little it is gradient again; and pictures with noise on "
            "their pixels are none that D was trained on.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_INPUTS | READS_SAMPLES,
    .options = &noise_options,
    .run = run,
};
