/* SPDX-License-Identifier: MIT */
/* make bench: each piece of work beside its floor, in one run, as a ratio.
 *
 * The floor of a training step is its matrix products alone, in the order they are needed, on
 * OpenBLAS with its own threads, plus one Adam pass over all parameters; that of explaining, its
 * products alone. Work and floor are timed in turn, round by round, so that a machine whose speed
 * drifts slows both; the ratio is the median over the rounds. Usage: bench [GANTRAIN GANEXPLAIN].
 */
#define _GNU_SOURCE /* wait4: a child's peak memory */
#include "cli.h"
#include "explain.h"
#include "model.h"
#include "../../src/tensor/blas.h" /* the floor is OpenBLAS as it is */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 15, Z = 100, H1 = 256, H2 = 512, X = 784, D1 = 256 };

/* ---- Timing -----------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, compare);
    return v[n / 2];
}

typedef void work_function(void *context);

/* Times work and floor in turn and prints medians in units of 1/scale s, and the ratio. */
static void compare_with_floor(const char *name, work_function *work, work_function *floor,
                               void *context, size_t repeat, double per, const char *unit,
                               double scale, double gflop)
{
    double a[ROUNDS], b[ROUNDS], ratio[ROUNDS];
    work(context); /* warm up */
    floor(context);
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = seconds_now();
        for (size_t i = 0; i < repeat; i++)
            work(context);
        double middle = seconds_now();
        for (size_t i = 0; i < repeat; i++)
            floor(context);
        double end = seconds_now();
        a[r] = (middle - start) / (double)repeat / per;
        b[r] = (end - middle) / (double)repeat / per;
        ratio[r] = a[r] / b[r];
    }
    double least = a[0];
    for (size_t r = 0; r < ROUNDS; r++)
        least = fmin(least, a[r]);
    double typical = median(a, ROUNDS);
    printf("%-34s %9.3f %9.3f %9.3f %s %7.1f GFLOP/s   ratio %.2f\n", name, typical * scale,
           least * scale, median(b, ROUNDS) * scale, unit, gflop / typical, median(ratio, ROUNDS));
    fflush(stdout);
}

/* ---- The floor's products, as row-major c = op(a) op(b) -----------------------------------------
 */

static void product(const char *of_a, const char *of_b, int rows, int cols, int inner,
                    const float *a, int a_stride, const float *b, int b_stride, float *c)
{
    float one = 1, zero = 0;
    blas.sgemm(of_b, of_a, &cols, &rows, &inner, &one, b, &b_stride, a, &a_stride, &zero, c, &cols);
}

static void forward(int n, int n_in, int n_out, const float *x, const float *w, float *y)
{
    product("N", "T", n, n_out, n_in, x, n_in, w, n_in, y);
}

static void to_weights(int n, int n_in, int n_out, const float *x, const float *dy, float *dw)
{
    product("T", "N", n_out, n_in, n, dy, n_out, x, n_in, dw);
}

static void to_input(int n, int n_in, int n_out, const float *dy, const float *w, float *dx)
{
    product("N", "N", n, n_in, n_out, dy, n_out, w, n_in, dx);
}

static float *random_floats(size_t n)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(n, rng_stream(STREAM_PROBE, 1));
    rng_fill_uniform(&r, v, n);
    for (size_t i = 0; i < n; i++)
        v[i] -= 0.5f;
    return v;
}

/* ---- Training
 * ------------------------------------------------------------------------------------ */

typedef struct {
    model model;
    int batch;
    float *w1, *w2, *w3, *v1, *v2, *g, *x, *h1, *h2, *d, *logit, *dx;
    float *p, *m, *v;
} training;

static void train_once(void *context)
{
    training *t = context;
    error e = {0};
    if (model_step(&t->model, &e)) {
        fprintf(stderr, "bench: %s\n", e.message);
        exit(1);
    }
}

static size_t count_parameters(const model *m)
{
    return m->parts[0].network.n_param + m->parts[1].network.n_param;
}

/* Every product of one simultaneous step in order; then Adam over all parameters. */
static void training_floor(void *context)
{
    training *t = context;
    int n = t->batch;
    adam_rates a = {1e-9f, 1.1f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    blas.set_num_threads((int)tensor_threads());
    forward(n, Z, H1, t->x, t->w1, t->h1);
    forward(n, H1, H2, t->h1, t->w2, t->h2);
    forward(n, H2, X, t->h2, t->w3, t->x);
    forward(2 * n, X, D1, t->x, t->v1, t->d);
    forward(2 * n, D1, 1, t->d, t->v2, t->logit);
    to_weights(2 * n, D1, 1, t->d, t->logit, t->g);
    to_input(2 * n, D1, 1, t->logit, t->v2, t->d);
    to_weights(2 * n, X, D1, t->x, t->d, t->g);
    to_input(n, D1, 1, t->logit, t->v2, t->d);
    to_input(n, X, D1, t->d, t->v1, t->dx);
    to_weights(n, H2, X, t->h2, t->dx, t->g);
    to_input(n, H2, X, t->dx, t->w3, t->h2);
    to_weights(n, H1, H2, t->h1, t->h2, t->g);
    to_input(n, H1, H2, t->h2, t->w2, t->h1);
    to_weights(n, Z, H1, t->x, t->h1, t->g);
    blas.set_num_threads(1);
    adam_update(t->p, t->g, t->m, t->v, count_parameters(&t->model), a);
}

static const train_options reference = {
    .model = "gan",
    .generator = "256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh",
    .discriminator = "256:lrelu=0.3:dropout=0.4,1",
    .loss = "nonsaturating",
    .opt = "adam",
    .init_weights = "glorot",
    .z_dim = Z,
    .seed = 1,
    .range = {-1, 1},
    .lr = 1e-4,
    .lr_d = 1e-4,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .eps = 1e-7,
    .bn_momentum = 0.99,
};

static void training_init(training *t, size_t batch)
{
    train_options o = reference;
    error e = {0};
    o.batch = batch;
    *t = (training){.batch = (int)batch};
    if (model_init(&t->model, &o, (picture_shape){28, 28, X}, &e))
        exit(complain(&(voice){.program = "bench"}, &e));
    size_t n = count_parameters(&t->model);
    float **const blocks[] = {&t->w1, &t->w2, &t->w3, &t->v1, &t->v2,    &t->g,  &t->x, &t->h1,
                              &t->h2, &t->d,  &t->p,  &t->m,  &t->logit, &t->dx, &t->v};
    const size_t sizes[] = {Z * H1,        H1 * H2,       H2 * X,     X * D1,         D1, n,
                            2 * batch * X, batch * H1,    batch * H2, 2 * batch * D1, n,  n,
                            2 * batch,     2 * batch * X, n};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        *blocks[i] = random_floats(sizes[i]);
    for (size_t i = 0; i < n; i++)
        t->v[i] = t->v[i] * t->v[i];
    rng r = rng_init(3, rng_stream(STREAM_PROBE, 2));
    rng_fill_uniform(&r, t->model.pictures, batch * X);
}

static void training_release(training *t)
{
    float *const blocks[] = {t->w1, t->w2, t->w3, t->v1, t->v2, t->g,     t->x, t->h1,
                             t->h2, t->d,  t->p,  t->m,  t->v,  t->logit, t->dx};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    model_release(&t->model);
}

static void bench_training(size_t batch)
{
    training t;
    char name[64];
    snprintf(name, sizeof name, "training step, B=%zu, %zu thread%s", batch, tensor_threads(),
             tensor_threads() > 1 ? "s" : "");
    training_init(&t, batch);
    /* 5.306 MFLOP a picture: the products above, counted */
    compare_with_floor(name, train_once, training_floor, &t, 3200 / batch, 1, "ms", 1e3,
                       5.306368e-3 * (double)batch);
    training_release(&t);
}

/* ---- Explaining
 * ------------------------------------------------------------------------------------ */

enum { SEEDS = 256, JACOBIANS = 32, TOGETHER = 4 };

typedef struct {
    network g, d; /* folded */
    explainer x;
    explain_workspace *workspaces;
    tangents *tangents;
    float *z, *gradient, *value, *sensitivity;
    float *w1, *w2, *w3, *v1, *v2, *a, *b;
} explaining;

static void explain_tile(size_t i, size_t thread, void *context)
{
    explaining *t = context;
    size_t first = i * EXPLAIN_TILE;
    explained_rows r = {.n = EXPLAIN_TILE,
                        .z = t->z + first * Z,
                        .value = t->value + first,
                        .gradient_z = t->gradient + first * Z};
    explain_rows(&t->x, &t->workspaces[thread], &r);
}

static void saliency(void *context) { parallel_for(SEEDS / EXPLAIN_TILE, explain_tile, context); }

static void saliency_floor(void *context)
{
    explaining *t = context;
    blas.set_num_threads((int)tensor_threads());
    forward(SEEDS, Z, H1, t->a, t->w1, t->b);
    forward(SEEDS, H1, H2, t->b, t->w2, t->a);
    forward(SEEDS, H2, X, t->a, t->w3, t->b);
    forward(SEEDS, X, D1, t->b, t->v1, t->a);
    forward(SEEDS, D1, 1, t->a, t->v2, t->b);
    to_input(SEEDS, X, D1, t->a, t->v1, t->b);
    to_input(SEEDS, H2, X, t->b, t->w3, t->a);
    to_input(SEEDS, H1, H2, t->a, t->w2, t->b);
    to_input(SEEDS, Z, H1, t->b, t->w1, t->a);
    blas.set_num_threads(1);
}

/* As explain_jacobian does it, but TOGETHER seeds a product: what one alone must pay, packing the
 * weights for its own product, is then shared. */
static void jacobians_of_seeds(size_t i, size_t thread, void *context)
{
    explaining *t = context;
    double squares[X];
    matrix all = network_jacobian(&t->g, &t->workspaces[thread].tape[NET_G], i * TOGETHER, TOGETHER,
                                  0, Z, &t->tangents[thread]);
    for (size_t k = 0; k < TOGETHER; k++) {
        memset(squares, 0, sizeof squares);
        add_column_squares(squares, matrix_rows(all, k * Z, Z));
        for (size_t p = 0; p < X; p++)
            t->sensitivity[(i * TOGETHER + k) * X + p] = (float)sqrt(squares[p]);
    }
}

/* Every workspace holds the same tile, so that any thread can take any of its rows. */
static void jacobians(void *context)
{
    parallel_for(JACOBIANS / TOGETHER, jacobians_of_seeds, context);
}

static void jacobians_floor(void *context)
{
    explaining *t = context;
    blas.set_num_threads((int)tensor_threads());
    forward(JACOBIANS * Z, H1, H2, t->a, t->w2, t->b);
    forward(JACOBIANS * Z, H2, X, t->b, t->w3, t->a);
    blas.set_num_threads(1);
}

static void bench_explaining(const model *m)
{
    explaining t = {0};
    explain_target target;
    picture_shape shape;
    error e = {0};
    char name[64];
    network_fold(&t.g, &m->parts[0].network);
    network_fold(&t.d, &m->parts[1].network);
    if (picture_shape_init(&shape, 28, 28, "bench", &e) ||
        explain_target_read(&target, "logit", &e) ||
        explainer_init(&t.x, &t.g, &t.d, shape, &target, &e))
        exit(complain(&(voice){.program = "bench"}, &e));
    t.workspaces = allocate(tensor_threads(), sizeof *t.workspaces);
    t.tangents = allocate(tensor_threads(), sizeof *t.tangents);
    for (size_t i = 0; i < tensor_threads(); i++) {
        explain_workspace_init(&t.workspaces[i], &t.x);
        tangents_init(&t.tangents[i], &t.g, TOGETHER * Z);
    }
    float **const blocks[] = {&t.z,  &t.gradient, &t.value, &t.sensitivity, &t.w1, &t.w2,
                              &t.w3, &t.v1,       &t.v2,    &t.a,           &t.b};
    const size_t sizes[] = {
        SEEDS * Z, SEEDS * Z, SEEDS, JACOBIANS * X,     Z * H1,           H1 * H2,
        H2 * X,    X * D1,    D1,    JACOBIANS * Z * X, JACOBIANS * Z * X};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        *blocks[i] = random_floats(sizes[i]);
    snprintf(name, sizeof name, "d logit / d z, 256 seeds, %zu thread%s", tensor_threads(),
             tensor_threads() > 1 ? "s" : "");
    compare_with_floor(name, saliency, saliency_floor, &t, 20, SEEDS, "us", 1e6,
                       4e-9 * (Z * H1 + H1 * H2 + H2 * X + X * D1 + D1));
    for (size_t i = 0; i < tensor_threads(); i++)
        explain_tile(0, i, &t);
    snprintf(name, sizeof name, "Jacobian, 32 seeds, %zu thread%s", tensor_threads(),
             tensor_threads() > 1 ? "s" : "");
    compare_with_floor(name, jacobians, jacobians_floor, &t, 3, JACOBIANS, "us", 1e6,
                       2e-9 * Z * (H1 * H2 + H2 * X));
    for (size_t i = 0; i < tensor_threads(); i++) {
        explain_workspace_release(&t.workspaces[i]);
        tangents_release(&t.tangents[i]);
    }
    free(t.workspaces);
    free(t.tangents);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(*blocks[i]);
    explainer_release(&t.x);
    network_release(&t.g);
    network_release(&t.d);
}

/* ---- Starting ganexplain
 * ------------------------------------------------------------------------------ */

typedef struct {
    const char *argv[8];
    long peak_kib;
} command;

static void run_command(void *context)
{
    command *c = context;
    struct rusage use;
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execv(c->argv[0], (char *const *)(uintptr_t)c->argv);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &use) < 0 || status != 0) {
        fprintf(stderr, "bench: %s did not end well\n", c->argv[0]);
        exit(1);
    }
    c->peak_kib = use.ru_maxrss > c->peak_kib ? use.ru_maxrss : c->peak_kib;
}

static void time_command(const char *name, command *c, command *floor)
{
    double a[ROUNDS], b[ROUNDS], ratio[ROUNDS], least = (double)INFINITY;
    run_command(c);
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = seconds_now();
        run_command(c);
        double middle = seconds_now();
        run_command(floor);
        a[r] = middle - start;
        least = fmin(least, a[r]);
        b[r] = seconds_now() - middle;
        ratio[r] = a[r] / b[r];
    }
    double typical = median(a, ROUNDS);
    printf("%-34s %9.1f %9.1f %9.1f ms %5ld MiB peak     ratio %.1f\n", name, typical * 1e3,
           least * 1e3, median(b, ROUNDS) * 1e3, c->peak_kib / 1024, median(ratio, ROUNDS));
}

/* Of a model as the default recipe trains it, quantiles included, though for a short while. The
 * floor: the program started for --version, which does nothing. */
static void bench_start(const char *gantrain, const char *ganexplain)
{
    char folder[] = "/tmp/ganlens-bench-XXXXXX";
    if (!mkdtemp(folder)) {
        fprintf(stderr, "bench: no temporary folder\n");
        exit(1);
    }
    char *run = join_path(folder, "run");
    command train = {.argv = {gantrain, "-q", "--steps", "500", "-o", run}};
    command whole = {.argv = {ganexplain, "-q", "--seed=7", run}};
    command bare = {.argv = {ganexplain, "-q", "--seed=7", "--no-pictures", run}};
    command version = {.argv = {ganexplain, "--version"}};
    run_command(&train);
    time_command("ganexplain --seed 7", &whole, &version);
    time_command("ganexplain --seed 7 --no-pictures", &bare, &version);
    free(run);
}

static void use_threads(size_t threads)
{
    error e = {0};
    if (tensor_init(threads, &e))
        exit(complain(&(voice){.program = "bench"}, &e));
}

int main(int argc, char **argv)
{
    training t;
    use_threads(1);
    printf("ganlens " GANLENS_VERSION "; %s; kernels %s\n", tensor_blas_info(), tensor_level());
    printf("%-34s %9s %9s %9s\n", "", "median", "least", "floor");
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        bench_training(32);
        bench_training(128);
    }
    training_init(&t, 32);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        bench_explaining(&t.model);
    }
    if (argc > 2)
        bench_start(argv[1], argv[2]);
    training_release(&t);
    return 0;
}
