/* SPDX-License-Identifier: MIT */
/* The method `vargrad`: how much the target's gradient varies around z, and around its picture. */
#include "noise_detail.h"
#include <float.h>
#include <math.h>

#define WHERE_Z "component of z got noise of # of its usual spread (1)"
#define WHERE_X "pixel got noise of # of the range from black to white"

static const array_row arrays[] = {
    {.name = "vargrad.z",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_ORDER,
     .title = "How much the rates of the components vary around here",
     .unit = "variance of d target / d z over noise",
     .noun = "variance",
     .meaning = "how much the rate of a component varies as noise moves z: where it is large "
                "against the rate's square, the rate holds for small steps alone",
     .sentence = "The rates that vary most as noise moves z are those of #",
     .if_zero = "the rates vary by nothing that can be told, wherever noise moves z"},
    NOISE_ARRAYS("vargrad", "z", SPACE_Z, "variance of d target / d z", WHERE_Z, "z", "components"),
    {.name = "vargrad.x",
     .space = SPACE_X,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_ORDER,
     .title = "How much the rates of the pixels vary around here",
     .unit = "variance of d target / d pixel over noise",
     .noun = "variance",
     .meaning = "how much the rate of a pixel varies as noise moves the picture",
     .sentence = "As noise moves the picture, the rates vary most for the pixels #",
     .if_zero = "the rates vary by nothing that can be told, wherever noise moves the picture"},
    NOISE_ARRAYS("vargrad", "x", SPACE_X, "variance of d target / d pixel", WHERE_X, "the pixels",
                 "pixels"),
    {0}};

#define SUMS(INPUT)                                                                                \
    "|sum of vargrad." INPUT " - mean square distance of the gradients from their mean| / the "    \
    "same from the gradient without noise"

static const explain_check checks[] = {
    NOISE_CHECKS("vargrad", "z", SUMS("z")), NOISE_CHECKS("vargrad", "x", SUMS("x")), {0}};

/* The variance of the gradients is estimated without bias; that of the estimate is (m4 - s^4 (n -
 * 3) / (n - 1)) / n, with the fourth moment and the variance that were found. */
static void find_variance(double *value, double *deviation, const moments *m)
{
    double n = (double)m->n;
    for (size_t i = 0; i < m->width; i++) {
        double variance = value[i] = m->second[i] / (n - 1);
        double fourth = m->fourth[i] / n, square = variance * variance;
        if (deviation)
            deviation[i] = sqrt(fmax(fourth - square * (n - 3) / (n - 1), 0) / n);
    }
}

/* No float holds less than FLT_MIN of a variance. */
static double compare_sums(const noisy_gradients *g, const float *attribution)
{
    double distance = 0, of_mean = 0, n = (double)g->n;
    for (size_t i = 0; i < g->n; i++)
        distance += g->distances[i];
    for (size_t k = 0; k < g->f.n; k++) {
        double off = g->all.mean[k] - (double)g->plain[k];
        of_mean += off * off;
    }
    double wanted = (distance - n * of_mean) / (n - 1), got = sum(attribution, g->f.n);
    double wrong = fabs(got - wanted), least = (double)FLT_MIN * (double)g->f.n;
    return wrong <= least ? 0 : wrong * (n - 1) / distance;
}

static const noise_method vargrad = {.name = "vargrad",
                                     .draw = DRAW_VARGRAD,
                                     .checks = checks,
                                     .find = find_variance,
                                     .compare_sums = compare_sums};

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    noise_run(t, a, &vargrad);
    return 0;
}

const explain_method vargrad_method = {
    .name = "vargrad",
    .summary = "how much the gradient varies over noise around z and around the picture",
    .source = "Adebayo, Gilmer, Goodfellow & Kim 2018, arXiv:1810.03307",
    .lies = "It says where rates change, not where they are high: what moves the target "
            "steadily gets nothing. It is of squares of rates, so that the largest stand out "
            "more than they do as rates.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_INPUTS | READS_SAMPLES,
    .options = &noise_options,
    .run = run,
};
