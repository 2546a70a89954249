/* SPDX-License-Identifier: MIT */
/* How much the picture, and the target, change where all components of z are moved at random, by
 * growing sizes: the robustness curve of `occlusion`.
 *
 * A move of size s adds s g to z, g ~ N(0, I): each component moves by about s prior sigmas. The g
 * are the same at all sizes, for all explanations and for the other pictures that one is ranked
 * among, so that these differ by their pictures alone. A picture changes by the root mean square
 * over its pixels. Per size, as that goes to 0, this is |J g| / sqrt(pixels): the slope. */
#include "check_detail.h"
#include "occlusion_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SIZES = 5, N_POINTS = N_SIZES + 1, MOST_DIRECTIONS = 32, LEAST_DIRECTIONS = 8 };

/* The pictures of the prior that one is ranked among. */
enum { N_PRIOR = 100 };

static const double sizes[N_SIZES] = {0.05, 0.1, 0.2, 0.5, 1};

static size_t count_directions(const explain_request *q)
{
    size_t n = q->n_samples && q->n_samples < MOST_DIRECTIONS ? q->n_samples : MOST_DIRECTIONS;
    return n > LEAST_DIRECTIONS ? n : LEAST_DIRECTIONS;
}

/* (n, z_dim); the caller frees them. */
static float *draw_directions(size_t n, size_t z_dim)
{
    float *g = allocate(n * z_dim, sizeof *g);
    prior_fill(g, z_dim, DRAW_OCCLUSION, n);
    return g;
}

static void move(float *out, const float *z, const float *g, double size, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)((double)z[i] + size * (double)g[i]);
}

/* The root mean square of a - b. */
static double distance(const float *a, const float *b, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (double)b[i];
        all += d * d;
    }
    return sqrt(all / (double)n);
}

/* ---- Other pictures ---- */

struct robustness_prior {
    double change[N_PRIOR]; /* of each by moves of the smallest size: the mean */
};

typedef struct {
    const explainer *x;
    explain_workspace *workspaces;
    const float *z, *g;
    size_t n;
    double *change;
} prior_changes;

/* A body of parallel_for: picture i of the prior and its moves, in one tile. */
static void find_prior_change(size_t i, size_t thread, void *context)
{
    const prior_changes *p = context;
    size_t z_dim = p->x->z_dim, pixels = p->x->shape.n;
    const float *at = p->z + i * z_dim;
    float *z = allocate((1 + p->n) * z_dim, sizeof *z);
    memcpy(z, at, z_dim * sizeof *z);
    for (size_t k = 0; k < p->n; k++)
        move(z + (1 + k) * z_dim, at, p->g + k * z_dim, sizes[0], z_dim);
    const float *pictures = explain_draw(p->x, &p->workspaces[thread], z, 1 + p->n);
    for (size_t k = 1; k <= p->n; k++)
        p->change[i] += distance(pictures + k * pixels, pictures, pixels) / (double)p->n;
    free(z);
}

robustness_prior *robustness_prior_create(const explainer *x, const explain_request *q)
{
    robustness_prior *prior = allocate(1, sizeof *prior);
    size_t n = count_directions(q), n_threads = tensor_threads();
    float *z = allocate(N_PRIOR * x->z_dim, sizeof *z), *g = draw_directions(n, x->z_dim);
    prior_changes p = {x, allocate(n_threads, sizeof *p.workspaces), z, g, n, prior->change};
    prior_fill(z, x->z_dim, DRAW_PRIOR, N_PRIOR);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_init(&p.workspaces[i], x);
    parallel_for(N_PRIOR, find_prior_change, &p);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_release(&p.workspaces[i]);
    free(p.workspaces);
    free(g);
    free(z);
    return prior;
}

/* ---- Moves ---- */

/* Rows: all directions at the smallest size, then at the next. */
typedef struct {
    const target_function *f;
    size_t n, n_rows;
    float *g;            /* (n, z_dim); owned, as is all that follows */
    float *z, *value;    /* (n_rows, z_dim), (n_rows): the target there */
    double *change;      /* (n_rows): of the picture, */
    double *slope;       /* (n): and per size as that goes to 0 */
    double *target_rate; /* (n): the same of the target, by its gradient */
} moves;

/* J g, from the whole Jacobian: w is at z. */
static void find_slopes(moves *m)
{
    const explain_task *t = m->f->t;
    size_t z_dim = t->x->z_dim, pixels = t->x->shape.n;
    float *jacobian = allocate(pixels * z_dim, sizeof *jacobian);
    float *unused = allocate(pixels, sizeof *unused);
    wanted_jacobian j = {.sensitivity = unused, .jacobian = jacobian};
    explain_jacobian(t->x, t->w, 0, &j);
    for (size_t k = 0; k < m->n; k++) {
        double squares = 0;
        for (size_t p = 0; p < pixels; p++) {
            double rate = dot(jacobian + p * z_dim, m->g + k * z_dim, z_dim);
            squares += rate * rate;
        }
        m->slope[k] = sqrt(squares / (double)pixels);
        m->target_rate[k] = fabs(dot(t->rows->gradient_z, m->g + k * z_dim, z_dim));
    }
    free(unused);
    free(jacobian);
}

static void measure_tile(moves *m, explain_workspace *w, size_t first)
{
    const explainer *x = m->f->t->x;
    size_t left = m->n_rows - first, n = left < EXPLAIN_TILE ? left : EXPLAIN_TILE;
    const explained_rows rows = {.n = n,
                                 .z = m->z + first * x->z_dim,
                                 .value = m->value + first,
                                 .reference = m->f->reference};
    const float *pictures = explain_rows(x, w, &rows);
    for (size_t i = 0; i < n; i++)
        m->change[first + i] = distance(pictures + i * x->shape.n, m->f->t->rows->x, x->shape.n);
}

/* A body of parallel_for: every second tile, in room of its own. */
static void measure_half(size_t half, size_t thread, void *context)
{
    moves *m = context;
    const explain_task *t = m->f->t;
    explain_workspace *w = half ? explain_workspace_second(t->w, t->x) : t->w;
    (void)thread;
    for (size_t i = half; i * EXPLAIN_TILE < m->n_rows; i += 2)
        measure_tile(m, w, i * EXPLAIN_TILE);
}

static void moves_init(moves *m, const target_function *f)
{
    size_t z_dim = f->n, n = count_directions(f->t->q), n_rows = n * N_SIZES;
    *m = (moves){.f = f,
                 .n = n,
                 .n_rows = n_rows,
                 .g = draw_directions(n, z_dim),
                 .z = allocate(n_rows * z_dim, sizeof *m->z),
                 .value = allocate(n_rows, sizeof *m->value),
                 .change = allocate(n_rows, sizeof *m->change),
                 .slope = allocate(n, sizeof *m->slope),
                 .target_rate = allocate(n, sizeof *m->target_rate)};
    for (size_t i = 0; i < n_rows; i++)
        move(m->z + i * z_dim, f->at, m->g + i % n * z_dim, sizes[i / n], z_dim);
    find_slopes(m);
    parallel_for(2, measure_half, m);
}

static void moves_release(moves *m)
{
    free(m->g);
    free(m->z);
    free(m->value);
    free(m->change);
    free(m->slope);
    free(m->target_rate);
}

/* ---- Curves ---- */

typedef struct {
    double value, error; /* standard error */
} estimate_of;

static estimate_of find_mean(const double *v, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double before = v[i] - mean;
        mean += before / (double)(i + 1);
        squares += before * (v[i] - mean);
    }
    return (estimate_of){mean, sqrt(squares / (double)(n - 1) / (double)n)};
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Of sorted values, straight between two of them. */
static double quantile_at(const double *sorted, size_t n, double share)
{
    double place = fmin(fmax(share, 0), 1) * (double)(n - 1);
    size_t below = (size_t)place, above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

/* How many of the values are below it is binomial: its error is half of what lies between the
 * quantiles one standard deviation of that count to either side. */
static estimate_of find_quantile(const double *sorted, size_t n, double share)
{
    double spread = sqrt(share * (1 - share) / (double)n);
    double low = quantile_at(sorted, n, share - spread);
    double high = quantile_at(sorted, n, share + spread);
    return (estimate_of){quantile_at(sorted, n, share), (high - low) / 2};
}

/* Row by row of a curve. */
enum { ROW_SIZE, ROW_MEAN, ROW_LOW, ROW_HIGH, ROW_SLOPE, N_ROWS };

static void put(float *curve, float *errors, size_t row, size_t point, estimate_of e)
{
    curve[row * N_POINTS + point] = (float)e.value;
    errors[row * N_POINTS + point] = (float)e.error;
}

/* v (n_rows): by sizes, each of which is sorted; slope: per size. */
static void fill_curve(float *curve, float *errors, double *v, size_t n, estimate_of slope)
{
    for (size_t s = 0; s < N_SIZES; s++) {
        double *own = v + s * n;
        put(curve, errors, ROW_SIZE, 1 + s, (estimate_of){sizes[s], 0});
        put(curve, errors, ROW_MEAN, 1 + s, find_mean(own, n));
        qsort(own, n, sizeof *own, compare);
        put(curve, errors, ROW_LOW, 1 + s, find_quantile(own, n, 0.1));
        put(curve, errors, ROW_HIGH, 1 + s, find_quantile(own, n, 0.9));
        put(curve, errors, ROW_SLOPE, 1 + s,
            (estimate_of){sizes[s] * slope.value, sizes[s] * slope.error});
    }
}

/* A curve and, beside it, its standard errors. */
typedef struct {
    const char *name, *error_name;
} curve_names;

static void add_curve(explanation *a, curve_names names, const moves *m, const double *change,
                      const double *slope)
{
    static const char *const labels[] = {"size of the moves in prior sigmas", "mean",
                                         "a tenth changes less", "a tenth changes more",
                                         "by the slope at 0"};
    double *v = allocate(m->n_rows, sizeof *v);
    float *curve = explanation_add(a, names.name, N_ROWS, N_POINTS);
    for (size_t i = 0; i < N_ROWS; i++)
        explanation_add_label(a, labels[i]);
    float *errors = explanation_add(a, names.error_name, N_ROWS, N_POINTS);
    memcpy(v, change, m->n_rows * sizeof *v);
    fill_curve(curve, errors, v, m->n, find_mean(slope, m->n));
    free(v);
}

static void add_curves(explanation *a, const moves *m)
{
    double *change = allocate(m->n_rows, sizeof *change);
    for (size_t i = 0; i < m->n_rows; i++)
        change[i] = fabs((double)m->value[i] - (double)*m->f->t->rows->value);
    add_curve(a, (curve_names){"occlusion.robustness", "occlusion.robustness_error"}, m, m->change,
              m->slope);
    add_curve(a, (curve_names){"occlusion.target_robustness", "occlusion.target_robustness_error"},
              m, change, m->target_rate);
    free(change);
}

static void add_slope(explanation *a, const moves *m)
{
    estimate_of slope = find_mean(m->slope, m->n);
    *explanation_add(a, "occlusion.slope", 0, 0) = (float)slope.value;
    *explanation_add(a, "occlusion.slope_error", 0, 0) = (float)slope.error;
}

/* 1 where a is less than b, 0 where it is more, and between where rounding may decide. */
static double is_less(double a, double b)
{
    const double rounding = 1e-5;
    return fabs(a - b) <= rounding * b ? 0.5 : a < b;
}

/* Percent of the prior's pictures that change less; of equal ones, a half. */
static void add_place(explanation *a, const moves *m, const robustness_prior *prior)
{
    double own = 0, n_below = 0;
    for (size_t k = 0; k < m->n; k++)
        own += m->change[k] / (double)m->n;
    for (size_t i = 0; i < N_PRIOR; i++)
        n_below += is_less(prior->change[i], own);
    double share = n_below / N_PRIOR;
    *explanation_add(a, "occlusion.place", 0, 0) = (float)(100 * share);
    *explanation_add(a, "occlusion.place_error", 0, 0) =
        (float)(100 * sqrt(share * (1 - share) / N_PRIOR));
}

/* ---- Checks ---- */

enum { N_CHECKED = 4 };
static_assert(2 * N_CHECKED < TWIN_ROWS && 1 + N_CHECKED < TWIN_ROWS, "one pass of the twin");

/* Of a pixel, what float keeps. */
static const double KEPT = 1e-6;

/* Relative by norm, or over what float keeps. */
static double judge(const occlusion_errors *e, double tolerance)
{
    double kept = KEPT * sqrt((double)e->n);
    return e->wrong == 0 ? 0 : sqrt(e->wrong) / fmax(sqrt(e->size), kept / tolerance);
}

/* z (z_dim) moved along direction k by that size, from a g that is drawn anew. */
static void make_move(double *out, const moves *m, size_t k, double size)
{
    float *g = draw_directions(m->n, m->f->n);
    for (size_t i = 0; i < m->f->n; i++)
        out[i] = (double)m->f->at[i] + size * (double)g[k * m->f->n + i];
    free(g);
}

static const double *draw_in_double(const moves *m, const double *z, size_t n)
{
    twin *t = m->f->t->w->twin;
    explain_twin_init(t, m->f->t->x);
    return twin_forward(&t[NET_G], z, n, (pass){0});
}

static double distance_in_double(const double *a, const double *b, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(all / (double)n);
}

/* Central differences of the twin's picture along some directions, by a very small size. */
static explain_check check_slopes(const moves *m, const uint32_t *chosen)
{
    const double h = 1e-6;
    explain_check check = occlusion_checks[CHECK_SLOPE];
    occlusion_errors errors = {0};
    size_t z_dim = m->f->n, pixels = m->f->t->x->shape.n;
    double *z = allocate(2 * N_CHECKED * z_dim, sizeof *z);
    for (size_t i = 0; i < 2 * N_CHECKED; i++)
        make_move(z + i * z_dim, m, chosen[i / 2], i % 2 ? -h : h);
    const double *p = draw_in_double(m, z, 2 * N_CHECKED);
    for (size_t i = 0; i < N_CHECKED; i++) {
        bool has_kink = twin_has_kink_between_rows(&m->f->t->w->twin[NET_G], 2 * i, 2 * i + 1);
        const double *up = p + 2 * i * pixels, *down = up + pixels;
        if (has_kink)
            check.n_left_out++;
        else
            occlusion_compare(&errors, m->slope[chosen[i]],
                              distance_in_double(up, down, pixels) / (2 * h));
    }
    check.value = judge(&errors, check.tolerance);
    free(z);
    return check;
}

/* Some of the moves, of all sizes. */
static explain_check check_changes(const moves *m, const uint32_t *chosen)
{
    explain_check check = occlusion_checks[CHECK_CHANGES];
    occlusion_errors pictures = {0}, targets = {0};
    size_t z_dim = m->f->n, pixels = m->f->t->x->shape.n;
    double *z = allocate((1 + N_CHECKED) * z_dim, sizeof *z), here;
    make_move(z, m, 0, 0);
    here = target_in_double(m->f, z, NULL);
    for (size_t i = 0; i < N_CHECKED; i++) {
        double *own = z + (1 + i) * z_dim;
        make_move(own, m, chosen[i] % m->n, sizes[chosen[i] / m->n]);
        occlusion_compare(&targets, (double)m->value[chosen[i]] - (double)*m->f->t->rows->value,
                          target_in_double(m->f, own, NULL) - here);
    }
    const double *p = draw_in_double(m, z, 1 + N_CHECKED);
    for (size_t i = 0; i < N_CHECKED; i++)
        occlusion_compare(&pictures, m->change[chosen[i]],
                          distance_in_double(p, p + (1 + i) * pixels, pixels));
    double of_pictures = judge(&pictures, check.tolerance);
    double of_targets = occlusion_error(&targets, m->f, check.tolerance);
    check.value = worse(of_pictures, of_targets);
    free(z);
    return check;
}

static void add_checks(explanation *a, const moves *m)
{
    uint32_t *directions = occlusion_choose(m->f, m->n);
    uint32_t *rows = occlusion_choose(m->f, m->n_rows);
    explain_check slopes = check_slopes(m, directions), changes = check_changes(m, rows);
    explanation_add_check(a, &slopes);
    explanation_add_check(a, &changes);
    free(directions);
    free(rows);
}

/* ---- Running ---- */

void robustness_run(const target_function *f, explanation *a, const robustness_prior *prior)
{
    moves m;
    moves_init(&m, f);
    add_curves(a, &m);
    add_slope(a, &m);
    add_place(a, &m, prior);
    if (!f->t->q->skips_checks)
        add_checks(a, &m);
    moves_release(&m);
}
