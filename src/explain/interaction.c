/* SPDX-License-Identifier: MIT */
/* The method `interaction`: which components of z act together. Of a pair it is the mixed second
 * difference
 *
 *     f(z) - f(z without i) - f(z without j) + f(z without both),
 *
 * without: at its reference, as for `occlusion`. It is above 0 where the two together add more to
 * the target than each does while the other is away, below 0 where less; where f is a sum of
 * functions of single components, it is 0. What float cannot resolve is made 0.
 *
 * All pairs are as many as half the square of z's components: where that is too many, pairs of
 * those components alone are tried that change the target most by themselves. */
#include "occlusion_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Components whose pairs are tried, and pairs times references. */
enum { MOST_COMPONENTS = 100, MOST_PAIRS = 5000 };

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "interaction.z",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_ORDER,
     .title = "How much each component of z acts together with others",
     .unit = "change of the target, norm over the other components",
     .noun = "strength",
     .meaning = "how much what a component does to the target depends on single others: the root "
                "of the sum of its squared interactions (0 also where its pairs were not tried)",
     .sentence = "The components whose effect depends most on another one are #",
     .brief = "what a component does depends on others most for #",
     .brief_if_zero = "no component's effect depends on another one",
     .if_zero =
         "what it loses without one component is the same whether another one is there or not"},
    {.name = "interaction.pairs",
     .space = SPACE_MATRIX,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .title = "Which components of z act together",
     .unit = "target - target without one - target without the other + target without both",
     .noun = "interaction",
     .meaning = "how much more two components add to the target together than one by one, without "
                "meaning at the baseline (0 unless --baseline says otherwise)",
     .sentence = "The pairs that act together most are #, where + is for pairs that together add "
                 "more to it than one by one, and - for those that add less",
     .if_zero = "any two components add to it together what they add one by one"},
    {.name = "interaction.strongest",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The pairs that act together most",
     .unit = "what the target loses without them",
     .meaning = "how much less the target is without the first, without the second and without "
                "both, each put to the baseline; what each loses alone, added up, less what both "
                "lose is their interaction"},
    {.name = "interaction.components",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Components whose pairs were tried",
     .unit = "components",
     .meaning = "how many components, those that change the target most by themselves, had their "
                "pairs tried; there is no such array where these are all",
     .sentence = "Pairs were tried of the # components alone that change the target most by "
                 "themselves: of others nothing is known."},
    {0}};

enum { CHECK_PAIRS, CHECK_SYMMETRY };

static const explain_check checks[] = {
    [CHECK_PAIRS] = {.name = "interaction.pairs_against_double",
                     .meaning = "by norm over random pairs: |interaction - interaction in double| "
                                "/ |interaction in double|, or over what float keeps of the target",
                     .tolerance = 1e-3},
    [CHECK_SYMMETRY] = {.name = "interaction.pairs_symmetric",
                        .meaning = "greatest |interaction of i and j - interaction of j and i| or "
                                   "|interaction of i and itself| / greatest interaction",
                        .tolerance = 0},
    {0}};

/* ---- Pairs ---- */

/* Of the m components that are tried: (first, second), (first, third) ... */
typedef struct {
    const target_function *f;
    baseline_rows references;
    size_t m, n;
    size_t *which;          /* (m), rising; owned, as is all that follows */
    size_t *first, *second; /* (n): places in which */
    double *alone;          /* (z_dim): what the target loses without each component */
    double *together;       /* (n): and without both of a pair */
    float *interaction;     /* (n) */
} pairs;

/* The greatest number of components, up to a limit, whose pairs are not too many. */
static size_t count_components(size_t z_dim, size_t n_references)
{
    size_t m = z_dim < MOST_COMPONENTS ? z_dim : MOST_COMPONENTS;
    while (m > 2 && m * (m - 1) / 2 * n_references > MOST_PAIRS)
        m--;
    return m;
}

static int compare_indices(const void *a, const void *b)
{
    size_t p = *(const size_t *)a, q = *(const size_t *)b;
    return (p > q) - (p < q);
}

static void measure_alone(pairs *p)
{
    const target_function *f = p->f;
    float *size = allocate(f->n, sizeof *size);
    const occlusion o = {.f = f, .n = f->n, .replace = occlusion_replace_component};
    occlusion_measure(p->alone, &o, &p->references);
    for (size_t i = 0; i < f->n; i++)
        size[i] = (float)p->alone[i];
    p->m = find_strongest(p->which, p->m, size, f->n);
    qsort(p->which, p->m, sizeof *p->which, compare_indices);
    free(size);
}

static void list_pairs(pairs *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = i + 1; j < p->m; j++) {
            p->first[n] = i;
            p->second[n++] = j;
        }
}

static void replace_pair(float *row, const float *to, size_t i, const void *context)
{
    const pairs *p = context;
    size_t first = p->which[p->first[i]], second = p->which[p->second[i]];
    row[first] = to[first];
    row[second] = to[second];
}

static void measure_together(pairs *p)
{
    const occlusion o = {.f = p->f, .n = p->n, .replace = replace_pair, .context = p};
    double rounding = target_rounding(p->f->t);
    occlusion_measure(p->together, &o, &p->references);
    for (size_t i = 0; i < p->n; i++) {
        double one_by_one = p->alone[p->which[p->first[i]]] + p->alone[p->which[p->second[i]]];
        double more = one_by_one - p->together[i];
        p->interaction[i] = fabs(more) > rounding ? (float)more : 0.0f;
    }
}

static void pairs_init(pairs *p, const target_function *f)
{
    *p = (pairs){.f = f};
    baseline_rows_init(&p->references, f);
    p->m = count_components(f->n, p->references.n);
    p->n = p->m * (p->m - 1) / 2;
    size_t room = p->n ? p->n : 1;
    p->which = allocate(p->m, sizeof *p->which);
    p->first = allocate(room, sizeof *p->first);
    p->second = allocate(room, sizeof *p->second);
    p->alone = allocate(f->n, sizeof *p->alone);
    p->together = allocate(room, sizeof *p->together);
    p->interaction = allocate(room, sizeof *p->interaction);
    measure_alone(p);
    list_pairs(p);
    measure_together(p);
}

static void pairs_release(pairs *p)
{
    baseline_rows_release(&p->references);
    free(p->which);
    free(p->first);
    free(p->second);
    free(p->alone);
    free(p->together);
    free(p->interaction);
}

/* ---- Arrays filled ---- */

static void add_strengths(explanation *a, const pairs *p)
{
    float *out = explanation_add(a, "interaction.z", 0, 0);
    double *squares = allocate(p->f->n, sizeof *squares);
    for (size_t i = 0; i < p->n; i++) {
        double square = (double)p->interaction[i] * (double)p->interaction[i];
        squares[p->which[p->first[i]]] += square;
        squares[p->which[p->second[i]]] += square;
    }
    for (size_t i = 0; i < p->f->n; i++)
        out[i] = (float)sqrt(squares[i]);
    free(squares);
}

static void add_name(explanation *a, const pairs *p, size_t i)
{
    text name = {0};
    text_add(&name, "z%zu", p->which[i]);
    explanation_add_label(a, name.data);
    text_release(&name);
}

static const float *add_matrix(explanation *a, const pairs *p)
{
    size_t m = p->m;
    float *out = explanation_add(a, "interaction.pairs", m, m);
    for (size_t i = 0; i < 2 * m; i++)
        add_name(a, p, i % m);
    for (size_t i = 0; i < p->n; i++) {
        out[p->first[i] * m + p->second[i]] = p->interaction[i];
        out[p->second[i] * m + p->first[i]] = p->interaction[i];
    }
    return out;
}

static void add_pair_name(explanation *a, const pairs *p, size_t i)
{
    text name = {0};
    text_add(&name, "z%zu and z%zu", p->which[p->first[i]], p->which[p->second[i]]);
    explanation_add_label(a, name.data);
    text_release(&name);
}

/* Those of up to n_top pairs that act together; returns how many. */
static size_t find_pairs(size_t *top, size_t n_top, const pairs *p)
{
    size_t n = find_strongest(top, n_top, p->interaction, p->n);
    while (n > 0 && p->interaction[top[n - 1]] == 0)
        n--;
    return n;
}

static void add_table(explanation *a, const pairs *p, const size_t *top, size_t n)
{
    static const char *const columns[] = {"without the first", "without the second", "without both",
                                          "interaction"};
    float *out = explanation_add(a, "interaction.strongest", n, 4);
    for (size_t i = 0; i < 4; i++)
        explanation_add_label(a, columns[i]);
    for (size_t k = 0; k < n; k++) {
        size_t i = top[k];
        out[4 * k] = (float)p->alone[p->which[p->first[i]]];
        out[4 * k + 1] = (float)p->alone[p->which[p->second[i]]];
        out[4 * k + 2] = (float)p->together[i];
        out[4 * k + 3] = p->interaction[i];
        add_pair_name(a, p, i);
    }
}

/* Nothing where no pair acts together. */
static void add_strongest(explanation *a, const pairs *p)
{
    size_t *top = allocate(p->f->t->q->n_top, sizeof *top);
    size_t n = find_pairs(top, p->f->t->q->n_top, p);
    if (n)
        add_table(a, p, top, n);
    free(top);
}

/* ---- Checks ---- */

/* By four values of the target in double for each reference. */
static double interaction_in_double(const target_function *f, const size_t pair[2], double here)
{
    return occlusion_in_double(f, here, pair, 1) + occlusion_in_double(f, here, pair + 1, 1) -
           occlusion_in_double(f, here, pair, 2);
}

static size_t count_checked(const pairs *p)
{
    enum { MOST = 16 };
    size_t n = MOST / p->references.n;
    n = n ? n : 1;
    return n < p->n ? n : p->n;
}

/* Of the matrix, at pairs of components that are drawn by their places in it. */
explain_check interaction_check_pairs(const target_function *f, const float *values,
                                      const size_t *which, size_t m, size_t n_checked)
{
    explain_check check = checks[CHECK_PAIRS];
    occlusion_errors errors = {0};
    uint32_t *chosen = occlusion_choose(f, m * m);
    double here = occlusion_at(f, NULL, 0, 0);
    for (size_t k = 0; check.n_samples < n_checked; k++) {
        size_t i = chosen[k] / m, j = chosen[k] % m;
        if (i == j)
            continue;
        const size_t pair[2] = {which[i], which[j]};
        occlusion_compare(&errors, (double)values[i * m + j], interaction_in_double(f, pair, here));
        check.n_samples++;
    }
    check.value = occlusion_error(&errors, f, check.tolerance);
    free(chosen);
    return check;
}

explain_check interaction_check_symmetry(const float *values, size_t m)
{
    explain_check check = checks[CHECK_SYMMETRY];
    double wrong = 0, size = 0;
    check.n_samples = m * m;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= i; j++) {
            double v = (double)values[i * m + j], other = (double)values[j * m + i];
            double off = i == j ? fabs(v) : fabs(v - other);
            wrong = worse(off, wrong);
            size = fmax(size, fabs(v));
        }
    check.value = wrong == 0 ? 0 : wrong / size;
    return check;
}

/* ---- Running ---- */

static void add_check(explanation *a, explain_check c) { explanation_add_check(a, &c); }

static int run(const explain_task *t, explanation *a, error *e)
{
    target_function f;
    pairs p;
    (void)e;
    if (!target_function_init(&f, t, a, INPUT_Z))
        return 0;
    pairs_init(&p, &f);
    add_strengths(a, &p);
    const float *values = add_matrix(a, &p);
    add_strongest(a, &p);
    if (p.m < f.n)
        *explanation_add(a, "interaction.components", 0, 0) = (float)p.m;
    if (p.n && !t->q->skips_checks) {
        add_check(a, interaction_check_pairs(&f, values, p.which, p.m, count_checked(&p)));
        add_check(a, interaction_check_symmetry(values, p.m));
    }
    pairs_release(&p);
    return 0;
}

const explain_method interaction_method = {
    .name = "interaction",
    .summary = "which components of z act together: how much more two of them add to the target "
               "than one by one",
    .source = "Grabisch & Roubens 1999, Int. J. Game Theory 28, 547-565",
    .lies = "It sees pairs, not what three do together. It measures from the baseline: what "
            "acts together over that distance need not do so around here.",
    .arrays = arrays,
    .checks = checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .reads = READS_BASELINE,
    .run = run,
};
