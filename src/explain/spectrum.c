/* SPDX-License-Identifier: MIT */
/* The method `spectrum`: the singular values and vectors of the Jacobian J of the picture by z.
 * They take the moves of z apart into directions v that do not mix: a small step along one changes
 * the picture along a map u of its own, by s times the step's length.
 *
 * The directions are eigenvectors of J'J, or of JJ' where a picture has fewer pixels than z has
 * components, in double. Squares lose what is below 1e-8 of the strongest value, which float's
 * Jacobian does not know either. Of the two signs of a direction, the one is taken that makes its
 * largest component positive. */
#include "spectrum_detail.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "spectrum.values",
     .space = SPACE_CURVE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "How strongly each direction of z changes the picture",
     .unit = "change of the picture / length of the step, a direction at a time, strongest first",
     .meaning = "by how many times its length a short step of z along a direction changes the "
                "picture (root of the pixels' squares), which are the singular values of the "
                "Jacobian"},
    {.name = "spectrum.maps",
     .space = SPACE_X_LIST,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What a step along each of the strongest directions does to the picture",
     .unit = "d pixel / d step along the direction",
     .noun = "rate",
     .meaning = "how fast each pixel gets brighter as z moves along that direction",
     .in_place = "changes the picture most",
     .nowhere = "does not change the picture"},
    {.name = "spectrum.directions",
     .space = SPACE_MATRIX,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The components of z that each of the strongest directions is made of",
     .unit = "a row a direction, of length 1; a column a component of z",
     .noun = "share",
     .meaning = "how far a step of length 1 along a direction moves each component; the other "
                "way round, the picture changes the other way round, too"},
    {.name = "spectrum.table",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The strongest directions of z",
     .unit = "singular value: change of the picture / length of the step; target: d target / d "
             "step",
     .meaning = "a row a direction, with the components that it is made of most: how strongly it "
                "changes the picture, its share of all change (of the sum of the squared singular "
                "values), how fast the target rises along it, and the share of the target's "
                "gradient (of its square) that lies along it"},
    {.name = "spectrum.rank",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Directions in which the picture changes",
     .unit = "directions",
     .meaning = "the effective rank of J'J, J the Jacobian of the picture by z: the exponential of "
                "the entropy of the squared singular values over their sum (Roy & Vetterli 2007); "
                "1 where one direction has all change, z's length where all have the same",
     .sentence = "Small moves of z change this picture in about as many ways as # equally strong "
                 "directions would.",
     .sentence_if_zero = "No small move of z changes this picture."},
    {.name = "spectrum.condition",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "The strongest direction over the weakest",
     .unit = "times",
     .meaning = "the condition number of the Jacobian: its largest singular value over its least; "
                "there is no such array where float cannot tell the least from 0",
     .sentence = "A step along the strongest of these directions changes it # times as much as one "
                 "along the weakest."},
    {.name = "spectrum.still",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Directions that change nothing",
     .unit = "directions",
     .meaning = "how many singular values are not above the largest times the longer side of the "
                "Jacobian times float's precision; there is no such array where that is none",
     .sentence = "Along # directions of z nothing changes that float could resolve."},
    {.name = "spectrum.ties",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Directions that could be others",
     .unit = "directions",
     .meaning = "how many of the directions that are shown have a singular value within 0.1 % of a "
                "neighbour's: which directions such a group has is chance, what they span is not; "
                "there is no such array where that is none",
     .sentence = "Of the directions shown # are as strong as their neighbour: any mix of the two "
                 "would do as well."},
    {0}};

/* ---- The singular values ---- */

/* Rows of the Jacobian or of its transpose, whichever are fewer: (n, length). */
typedef struct {
    const float *data;
    size_t n, length;
    bool is_transposed; /* a row a component of z */
} jacobian_rows;

static const float *row_of(const jacobian_rows *j, size_t i) { return j->data + i * j->length; }

/* Fills j and s->sensitivity. The caller frees what is returned, which j points into. */
static float *take_jacobian(jacobian_rows *j, const spectrum *s)
{
    const explainer *x = s->t->x;
    size_t z_dim = x->z_dim, pixels = x->shape.n, *all = allocate(z_dim, sizeof *all);
    float *data = allocate(z_dim * pixels, sizeof *data);
    bool by_z = z_dim <= pixels;
    *j = (jacobian_rows){data, s->n, by_z ? pixels : z_dim, by_z};
    for (size_t i = 0; i < z_dim; i++)
        all[i] = i;
    explain_jacobian(x, s->t->w, 0,
                     &(wanted_jacobian){.sensitivity = s->sensitivity,
                                        .jacobian = by_z ? NULL : data,
                                        .which = all,
                                        .n_columns = by_z ? z_dim : 0,
                                        .columns = data});
    free(all);
    return data;
}

typedef struct {
    const jacobian_rows *j;
    double *gram;
} gram_task;

/* A body of parallel_for: row i up to its diagonal, and the column that is the same. */
static void fill_gram_row(size_t i, size_t thread, void *context)
{
    const gram_task *t = context;
    size_t n = t->j->n;
    (void)thread;
    for (size_t k = 0; k <= i; k++)
        t->gram[i * n + k] = t->gram[k * n + i] =
            dot(row_of(t->j, i), row_of(t->j, k), t->j->length);
}

/* Where vectors (n, n) are the rows' products with each other, they become the unit vectors of the
 * rows' side. false: they are not finite. */
static bool find_values(spectrum *s, double *vectors)
{
    const explainer *x = s->t->x;
    size_t longer = x->z_dim > x->shape.n ? x->z_dim : x->shape.n;
    bool is_done = double_matrix_eigen(s->value, double_matrix_view(vectors, s->n, s->n));
    for (size_t k = 0; k < s->n; k++)
        s->value[k] = s->value[k] > 0 ? sqrt(s->value[k]) : 0;
    s->floor = s->value[0] * (double)longer * (double)FLT_EPSILON;
    return is_done;
}

/* The other side's vector times the value: the rows' sum, weighted by w (n). */
static void mix_rows(double *out, const jacobian_rows *j, const double *w)
{
    memset(out, 0, j->length * sizeof *out);
    for (size_t i = 0; i < j->n; i++)
        for (size_t k = 0; k < j->length; k++)
            out[k] += w[i] * (double)row_of(j, i)[k];
}

/* 1 or -1: what makes the largest of v's components positive. */
static double sign_of(const double *v, size_t n)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++)
        largest = fabs(v[i]) > fabs(v[largest]) ? i : largest;
    return v[largest] < 0 ? -1 : 1;
}

static void copy_scaled(float *out, const double *v, double scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(scale * v[i]);
}

/* Direction and map of value s, from the unit vector w of the rows' side, which has its sign where
 * that is z's. A direction without effect is known there; else it is left at 0. */
static void fill_direction(float *direction, float *map, const jacobian_rows *j, const double *w,
                           double s)
{
    double *other = allocate(j->length, sizeof *other);
    mix_rows(other, j, w);
    if (j->is_transposed) {
        copy_scaled(direction, w, 1, j->n);
        copy_scaled(map, other, 1, j->length);
    } else {
        double sign = sign_of(other, j->length);
        copy_scaled(direction, other, s > 0 ? sign / s : 0, j->length);
        copy_scaled(map, w, sign * s, j->n);
    }
    free(other);
}

/* ---- The arrays ---- */

/* The directions' own names, beside each the components that it is made of most: "1: +z3 -z17". */
static void add_made_of(text *name, const float *direction, size_t n)
{
    enum { N_NAMED = 3 };
    size_t top[N_NAMED], n_top = find_strongest(top, N_NAMED, direction, n);
    for (size_t i = 0; i < n_top && direction[top[i]] != 0; i++)
        text_add(name, "%s%cz%zu", i ? " " : ": ", direction[top[i]] < 0 ? '-' : '+', top[i]);
}

static void label_directions(explanation *a, const spectrum *s, const char *before,
                             bool says_made_of)
{
    size_t n = s->t->x->z_dim;
    for (size_t k = 0; k < s->n_top; k++) {
        text name = {0};
        text_add(&name, "%s%zu", before, 1 + k);
        if (says_made_of)
            add_made_of(&name, s->direction + k * n, n);
        explanation_add_label(a, name.data);
        text_release(&name);
    }
}

static void add_values(explanation *a, const spectrum *s)
{
    float *curve = explanation_add(a, "spectrum.values", 2, s->n);
    for (size_t k = 0; k < s->n; k++) {
        curve[k] = (float)(1 + k);
        curve[s->n + k] = (float)s->value[k];
    }
    explanation_add_label(a, "direction");
    explanation_add_label(a, "singular value");
}

static void add_directions(explanation *a, spectrum *s, const jacobian_rows *j,
                           const double *vectors)
{
    size_t z_dim = s->t->x->z_dim, pixels = s->t->x->shape.n;
    float *map = explanation_add(a, "spectrum.maps", s->n_top, 0);
    label_directions(a, s, "direction ", false);
    float *direction = explanation_add(a, "spectrum.directions", s->n_top, z_dim);
    for (size_t i = 0; i < z_dim; i++) {
        char name[24];
        snprintf(name, sizeof name, "z%zu", i);
        explanation_add_label(a, name);
    }
    label_directions(a, s, "direction ", false);
    for (size_t k = 0; k < s->n_top; k++)
        fill_direction(direction + k * z_dim, map + k * pixels, j, vectors + k * s->n, s->value[k]);
    s->direction = direction;
    s->map = map;
}

static double total_of_squares(const spectrum *s) { return double_dot(s->value, s->value, s->n); }

static double share(double part, double all) { return all > 0 ? part / all : 0; }

/* How fast the target rises along each, of which the squares add up to the gradient's where all
 * directions are there. */
static void add_table(explanation *a, const spectrum *s)
{
    static const char *const columns[] = {"singular value", "share of all change", "target's rise",
                                          "share of the gradient"};
    enum { N_COLUMNS = sizeof columns / sizeof *columns };
    size_t n = s->t->x->z_dim;
    const float *gradient = s->t->rows->gradient_z;
    double all = total_of_squares(s), length = dot(gradient, gradient, n);
    float *table = explanation_add(a, "spectrum.table", s->n_top, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, columns[c]);
    label_directions(a, s, "", true);
    for (size_t k = 0; k < s->n_top; k++) {
        double rate = dot(gradient, s->direction + k * n, n), value = s->value[k];
        float *row = table + k * N_COLUMNS;
        row[0] = (float)value;
        row[1] = (float)share(value * value, all);
        row[2] = (float)rate;
        row[3] = (float)share(rate * rate, length);
    }
}

/* The exponential of the entropy of the squares' shares; 0 where all are 0. */
static double effective_rank(const spectrum *s)
{
    double all = total_of_squares(s), entropy = 0;
    for (size_t k = 0; k < s->n; k++) {
        double p = share(s->value[k] * s->value[k], all);
        entropy -= p > 0 ? p * log(p) : 0;
    }
    return all > 0 ? exp(entropy) : 0;
}

static const double TIE = 1e-3;

static bool are_tied(const spectrum *s, size_t k)
{
    return k + 1 < s->n && s->value[k] > s->floor &&
           s->value[k] - s->value[k + 1] <= TIE * s->value[k];
}

/* Of the directions shown. */
static size_t count_tied(const spectrum *s)
{
    size_t n = 0;
    for (size_t k = 0; k < s->n_top; k++)
        n += are_tied(s, k) || (k > 0 && are_tied(s, k - 1));
    return n;
}

/* Components of z beyond the pixels change nothing either. */
static size_t count_still(const spectrum *s)
{
    size_t n = s->t->x->z_dim - s->n;
    for (size_t k = 0; k < s->n; k++)
        n += s->value[k] <= s->floor;
    return n;
}

static void add_count(explanation *a, const char *name, size_t n)
{
    if (n > 0)
        *explanation_add(a, name, 0, 0) = (float)n;
}

static void add_numbers(explanation *a, const spectrum *s)
{
    size_t n_still = count_still(s);
    *explanation_add(a, "spectrum.rank", 0, 0) = (float)effective_rank(s);
    if (n_still == 0)
        *explanation_add(a, "spectrum.condition", 0, 0) = (float)(s->value[0] / s->value[s->n - 1]);
    if (s->value[0] > 0)
        add_count(a, "spectrum.still", n_still);
    add_count(a, "spectrum.ties", count_tied(s));
}

/* ---- Running ---- */

/* Large eigenproblems are LAPACK's, where there is one; and it alone, since its last bits are not
 * those of the other way. */
static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    error none = {0};
    (void)state;
    (void)x;
    (void)q;
    (void)settings;
    (void)e;
    tensor_open_blas(&none);
    return 0;
}

static void add_checks(explanation *a, const spectrum *s)
{
    explain_check checks[N_SPECTRUM_CHECKS];
    spectrum_check(checks, s);
    for (size_t i = 0; i < N_SPECTRUM_CHECKS; i++)
        explanation_add_check(a, &checks[i]);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const explainer *x = t->x;
    size_t n = x->z_dim < x->shape.n ? x->z_dim : x->shape.n;
    spectrum s = {.t = t,
                  .n = n,
                  .n_top = t->q->n_top < n ? t->q->n_top : n,
                  .value = allocate(n, sizeof *s.value),
                  .sensitivity = allocate(x->shape.n, sizeof *s.sensitivity)};
    jacobian_rows j;
    double *vectors = allocate(n * n, sizeof *vectors);
    float *data = take_jacobian(&j, &s);
    parallel_for(n, fill_gram_row, &(gram_task){&j, vectors});
    int status = find_values(&s, vectors)
                     ? 0
                     : fail(e, STATUS_DIVERGED, "the Jacobian of the picture is not finite");
    if (!status) {
        add_values(a, &s);
        add_directions(a, &s, &j, vectors);
        add_table(a, &s);
        add_numbers(a, &s);
        if (!t->q->skips_checks)
            add_checks(a, &s);
    }
    free(data);
    free(vectors);
    free(s.sensitivity);
    free(s.value);
    return status;
}

const explain_method spectrum_method = {
    .name = "spectrum",
    .summary = "the directions of z that change the picture most, each with its map: the singular "
               "vectors of the Jacobian",
    .source = "singular values as in Golub & Van Loan 2013, Matrix Computations, section 2.4; "
              "effective rank: Roy & Vetterli 2007, EUSIPCO",
    .lies = "Directions are of small steps from this z, and other z have others. Of equally "
            "strong ones (spectrum.ties) any mix would do as well; and what changes the picture "
            "most need not change the target.",
    .arrays = arrays,
    .checks = spectrum_checks,
    .wants = WANTS_GRADIENT_Z,
    .prepare = prepare,
    .run = run,
};
