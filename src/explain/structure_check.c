/* SPDX-License-Identifier: MIT */
/* What `structure` found, against the twin: all paths together against the gradient in double times
 * z, and each path drawn against its product of the twin's slopes and rates. */
#include "check_detail.h"
#include "method_detail.h"
#include "structure_detail.h"
#include <math.h>
#include <stdlib.h>

enum { ADDS_UP, FLOW, PATHS };

#define TOLERANCE 1e-3

const explain_check structure_checks[N_STRUCTURE_CHECKS + 1] = {
    [ADDS_UP] = {.name = "structure.adds_up",
                 .meaning = "|sum over all paths from z - z times gradient in double| / sum of "
                            "|z times gradient in double|, or over what float keeps of its terms "
                            "where these cancel",
                 .tolerance = TOLERANCE,
                 .n_samples = 1},
    [FLOW] = {.name = "structure.flow_against_double",
              .meaning = "of the worst connection from z to the picture: |what flows - the same "
                         "with slopes and rates in double| / the largest between its columns",
              .tolerance = TOLERANCE},
    [PATHS] = {.name = "structure.paths_against_double",
               .meaning =
                   "of the worst of the strongest paths: |what it adds - the same with slopes "
                   "and rates in double| / the largest of these",
               .tolerance = TOLERANCE},
    {0}};

/* Float's kernels end at exp(-80), as check.c says. */
static const double SMALLEST_FLOW = 1e-28;

/* z and the gradient by it, in double, which leaves the twin at z. */
static void differentiate(double *z, double *gradient, const structure *s, const explanation *a)
{
    target_function f;
    for (size_t i = 0; i < s->t->x->z_dim; i++)
        z[i] = (double)s->t->rows->z[i];
    target_function_init(&f, s->t, a, INPUT_Z);
    target_in_double(&f, z, gradient);
}

/* |off| / size; where the target is of the picture, what float keeps of its terms is no error. */
static double judge_sum(const structure *s, double off, double size, double length)
{
    size_t n = s->t->x->shape.n;
    if (off == 0 || !structure_has_picture(s))
        return off == 0 ? 0 : off / size;
    double *squares = allocate(n, sizeof *squares);
    for (size_t p = 0; p < n; p++)
        squares[p] = (double)s->dx[p] * (double)s->dx[p];
    off /= length;
    size /= length;
    double value = explain_judge_jacobian(off * off, size * size, 1.0,
                                          &(jacobian_place){s->t->x, s->t->w, 0}, squares);
    free(squares);
    return value;
}

static explain_check check_sum(const structure *s, const double *z, const double *gradient)
{
    explain_check check = structure_checks[ADDS_UP];
    double all = 0, size = 0, length = 0;
    for (size_t i = 0; i < s->t->x->z_dim; i++) {
        all += z[i] * gradient[i];
        size += fabs(z[i] * gradient[i]);
        length += z[i] * z[i];
    }
    check.value =
        judge_sum(s, fabs(chain_sum(&s->from_z, NO_INDEX, false) - all), size, sqrt(length));
    return check;
}

/* The rates by what the network of z makes, in double. The caller frees them. */
static double *find_rates(const structure *s, const explanation *a)
{
    const explainer *x = s->t->x;
    const network *net = x->net[s->made_by];
    double *rates = allocate(net->n_out, sizeof *rates);
    target_function f;
    target_function_init(&f, s->t, a, INPUT_X);
    if (structure_has_picture(s))
        target_in_double(&f, s->t->w->twin[NET_G].output[net->n_layers - 1], rates);
    else
        rates[x->target.component] = 1;
    return rates;
}

/* The largest difference of what flows along link i, over the largest flow. */
static double off_flow(const structure *s, const chain *exact, size_t i)
{
    size_t n = exact->n[i] * exact->n[i + 1];
    float *flow = allocate(2 * n, sizeof *flow), *expected = flow + n;
    double off = 0, largest = 0;
    chain_flow(flow, &s->from_z, i);
    chain_flow(expected, exact, i);
    for (size_t k = 0; k < n; k++) {
        off = worse(fabs((double)flow[k] - (double)expected[k]), off);
        largest = worse(fabs((double)expected[k]), largest);
    }
    free(flow);
    return off == 0 ? 0 : off / fmax(largest, SMALLEST_FLOW);
}

static explain_check check_flow(const structure *s, const chain *exact)
{
    explain_check check = structure_checks[FLOW];
    check.n_samples = exact->n_links;
    for (size_t i = 0; i < exact->n_links; i++)
        check.value = worse(off_flow(s, exact, i), check.value);
    return check;
}

/* The strongest paths in double may be others than those drawn, where two are nearly as strong. */
static explain_check check_paths(const structure *s, const chain *c)
{
    explain_check check = structure_checks[PATHS];
    double largest = 0, off = 0;
    for (size_t r = 0; r < s->n_paths; r++) {
        const chain_path *p = &s->paths[r];
        chain_path best = chain_find(c, p->point[c->n_links]);
        off = worse(fabs(p->value - chain_follow(c, p)), off);
        off = worse(fabs(fabs(p->value) - fabs(best.value)), off);
        largest = worse(fabs(best.value), largest);
    }
    check.value = off == 0 ? 0 : off / fmax(largest, SMALLEST_FLOW);
    check.n_samples = s->n_paths;
    return check;
}

void structure_check(explain_check checks[N_STRUCTURE_CHECKS], const structure *s,
                     const explanation *a)
{
    size_t n = s->t->x->z_dim;
    double *z = allocate(2 * n, sizeof *z);
    chain exact;
    differentiate(z, z + n, s, a);
    checks[ADDS_UP] = check_sum(s, z, z + n);
    double *rates = find_rates(s, a);
    structure_make_chain(&exact, s, (const double *const *)s->t->w->twin[s->made_by].slope, rates);
    checks[FLOW] = check_flow(s, &exact);
    checks[PATHS] = check_paths(s, &exact);
    chain_release(&exact);
    free(rates);
    free(z);
}
