/* SPDX-License-Identifier: MIT */
#include "../../src/metrics/nearness.h"
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 2000, N_PIXELS = 784 };

typedef struct {
    float *a, *b, *y_of_floor;
    neighbours found;
} searching;

static void search(void *context)
{
    searching *s = context;
    neighbours_release(&s->found);
    neighbours_find(&s->found, matrix_view(s->a, N, N_PIXELS),
                    row_list_of(matrix_view(s->b, N, N_PIXELS)), 1, NULL);
}

/* All pairs' products, of which nothing is read. */
static void search_floor(void *context)
{
    searching *s = context;
    floor_threads_start();
    floor_forward(N, N_PIXELS, N, s->a, s->b, s->y_of_floor);
    floor_threads_end();
}

static void check(searching *s)
{
    double least = (double)INFINITY;
    search(s);
    for (size_t i = 0; i < N; i++) {
        double distance = 0;
        for (size_t k = 0; k < N_PIXELS; k++)
            distance += pow((double)s->a[k] - (double)s->b[i * N_PIXELS + k], 2);
        least = fmin(least, distance);
    }
    if (!(fabs(s->found.distance[0] - least) < 1e-9)) {
        fprintf(stderr, "bench: a neighbour is at %g, expected %g\n", s->found.distance[0], least);
        exit(1);
    }
}

void bench_neighbours(void)
{
    searching s = {.a = random_floats(N * N_PIXELS),
                   .b = random_floats(N * N_PIXELS),
                   .y_of_floor = random_floats((size_t)N * N)};
    check(&s);
    compare(&(measured_work){.name = "nearest of 2000 pictures, 2000 rows",
                             .work = search,
                             .floor = search_floor,
                             .context = &s,
                             .repeat = 1,
                             .n_parts = 1,
                             .unit = milliseconds,
                             .amount = 2e-9 * N * N * N_PIXELS,
                             .amount_unit = "GFLOP/s"});
    neighbours_release(&s.found);
    free(s.a);
    free(s.b);
    free(s.y_of_floor);
}
