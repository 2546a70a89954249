/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "cli.h"
#include "explain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 256, JACOBIANS = 32, Z = 100, X = 784 };

enum { NODES = 50 };

/* One seed by a rule of NODES nodes, over all threads; the certificate is no part of it. */
typedef struct {
    explain_plan plan;
    char *settings; /* of the method; owned */
} integration;

typedef struct {
    network g, d;
    explainer x;
    explain_workspace *workspaces; /* one a thread, as the tangents */
    tangents *tangents;
    float *z, *gradient, *value, *sensitivity;
    floor_blocks blocks;
    integration by_nodes;
} explaining;

/* ---- d logit / d z ---- */

static void explain_seeds(explaining *t, size_t thread, size_t first, size_t n)
{
    explained_rows r = {.n = n,
                        .z = t->z + first * Z,
                        .value = t->value + first,
                        .gradient_z = t->gradient + first * Z};
    explain_rows(&t->x, &t->workspaces[thread], &r);
}

static void explain_tile(size_t i, size_t thread, void *context)
{
    explain_seeds(context, thread, i * EXPLAIN_TILE, EXPLAIN_TILE);
}

static void saliency(void *context) { parallel_for(SEEDS / EXPLAIN_TILE, explain_tile, context); }

static void saliency_of_one(void *context) { explain_seeds(context, 0, 0, 1); }

static void products_of(explaining *t, int n)
{
    floor_threads_start();
    floor_forward_pass(&t->blocks, &t->g, 0, n);
    floor_forward_pass(&t->blocks, &t->d, 0, n);
    floor_backward_pass(&t->blocks, &t->d, n);
    floor_backward_pass(&t->blocks, &t->g, n);
    floor_threads_end();
}

static void saliency_floor(void *context) { products_of(context, SEEDS); }

static void saliency_of_one_floor(void *context) { products_of(context, 1); }

/* ---- Integrated gradients ---- */

static const explain_method *find_method(const char *name)
{
    size_t i = 0;
    while (strcmp(explain_methods[i]->name, name) != 0)
        i++;
    return explain_methods[i];
}

static void integration_init(integration *g)
{
    const explain_method *m = find_method("integrated-gradients");
    const option_group *own = &m->options->group;
    *g = (integration){.settings = allocate(1, m->options->size)};
    memcpy(g->settings, m->options->defaults, m->options->size);
    for (size_t i = 0; i < own->n; i++)
        if (strcmp(own->rows[i].name, "nodes") == 0)
            *(uint64_t *)(void *)(g->settings + own->rows[i].offset) = NODES;
    explain_plan_add(&g->plan, m);
    explain_plan_set(&g->plan, m, g->settings);
}

static void integrate_seed(void *context)
{
    explaining *t = context;
    const explain_method *m = t->by_nodes.plan.methods[0];
    const explain_request q = {
        .black = -1, .white = 1, .inputs = 1u << INPUT_Z, .skips_checks = true};
    explained_rows rows = {.n = 1, .z = t->z};
    explanation a = {.z_dim = Z, .shape = t->x.shape, .method = m};
    error e = {0};
    const explain_task task = {.x = &t->x,
                               .w = t->workspaces,
                               .q = &q,
                               .rows = &rows,
                               .settings = t->by_nodes.settings,
                               .state = t->by_nodes.plan.states[0]};
    if (m->run(&task, &a, &e))
        give_up(&e);
    explanation_release(&a);
}

static void integration_floor(void *context) { products_of(context, NODES); }

/* ---- Jacobians ---- */

/* Every workspace holds the same rows, so that any thread can take any of its rows. */
static void jacobian_of_seed(size_t i, size_t thread, void *context)
{
    explaining *t = context;
    double squares[X] = {0};
    matrix columns = packed_jacobian(&t->x.packed[NET_G], &t->workspaces[thread].tape[NET_G],
                                     &t->tangents[thread], (jacobian_part){i, 1, 0, Z});
    add_column_squares(squares, columns);
    for (size_t p = 0; p < X; p++)
        t->sensitivity[i * X + p] = (float)sqrt(squares[p]);
}

static void jacobians(void *context) { parallel_for(JACOBIANS, jacobian_of_seed, context); }

static void jacobians_floor(void *context)
{
    explaining *t = context;
    floor_threads_start();
    floor_forward_pass(&t->blocks, &t->g, 1, JACOBIANS * Z);
    floor_threads_end();
}

/* ---- Both ---- */

static void explaining_init(explaining *t)
{
    explain_target target;
    picture_shape shape;
    error e = {0};
    *t = (explaining){0};
    folded_network_init(&t->g, "256:lrelu=0.3,512:lrelu=0.3,784:tanh", Z);
    folded_network_init(&t->d, "256:lrelu=0.3,1", X);
    if (picture_shape_init(&shape, 28, 28, "bench", &e) ||
        explain_target_read(&target, "logit", &e) ||
        explainer_init(&t->x, &t->g, &t->d, shape, &target, &e))
        give_up(&e);
    t->z = random_floats(SEEDS * Z);
    t->gradient = random_floats(SEEDS * Z);
    t->value = random_floats(SEEDS);
    t->sensitivity = random_floats(JACOBIANS * X);
    floor_blocks_init(&t->blocks, JACOBIANS * Z * X);
    integration_init(&t->by_nodes);
    if (explain_plan_prepare(&t->by_nodes.plan, &t->x, &(explain_request){0}, &e))
        give_up(&e);
    t->workspaces = allocate(tensor_threads(), sizeof *t->workspaces);
    t->tangents = allocate(tensor_threads(), sizeof *t->tangents);
    for (size_t i = 0; i < tensor_threads(); i++) {
        explain_workspace_init(&t->workspaces[i], &t->x);
        tangents_init(&t->tangents[i], &t->g, Z);
    }
}

static void explaining_release(explaining *t)
{
    for (size_t i = 0; i < tensor_threads(); i++) {
        explain_workspace_release(&t->workspaces[i]);
        tangents_release(&t->tangents[i]);
    }
    float *const blocks[] = {t->z, t->gradient, t->value, t->sensitivity};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    free(t->workspaces);
    free(t->tangents);
    floor_blocks_release(&t->blocks);
    explain_plan_release(&t->by_nodes.plan);
    free(t->by_nodes.settings);
    explainer_release(&t->x);
    network_release(&t->g);
    network_release(&t->d);
}

static void compare_seeds(explaining *t, const char *name, work_function *work,
                          work_function *floor, size_t repeat, size_t n_seeds, double n_products)
{
    compare(&(measured_work){.name = name,
                             .work = work,
                             .floor = floor,
                             .context = t,
                             .repeat = repeat,
                             .n_parts = (double)n_seeds,
                             .unit = microseconds,
                             .amount = 2e-9 * n_products,
                             .amount_unit = "GFLOP/s"});
}

void bench_explaining(void)
{
    explaining t;
    explaining_init(&t);
    double both_ways = 2 * (count_products(&t.g, 0) + count_products(&t.d, 0));
    compare_seeds(&t, "d logit / d z, 1 seed", saliency_of_one, saliency_of_one_floor, 100, 1,
                  both_ways);
    compare_seeds(&t, "d logit / d z, 256 seeds", saliency, saliency_floor, 10, SEEDS, both_ways);
    compare_seeds(&t, "integrated gradients, 50 nodes", integrate_seed, integration_floor, 10, 1,
                  NODES * both_ways);
    for (size_t i = 0; i < tensor_threads(); i++)
        explain_tile(0, i, &t); /* what the Jacobians are of */
    compare_seeds(&t, "Jacobian, 32 seeds", jacobians, jacobians_floor, 2, JACOBIANS,
                  Z * count_products(&t.g, 1));
    explaining_release(&t);
}
