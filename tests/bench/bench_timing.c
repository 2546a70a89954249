/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "cli.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const time_unit milliseconds = {"ms", 1e3}, microseconds = {"us", 1e6};

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, order);
    return v[n / 2];
}

static double seconds_of(work_function *work, const measured_work *c)
{
    double start = seconds_now();
    for (size_t i = 0; i < c->repeat; i++)
        work(c->context);
    return (seconds_now() - start) / (double)c->repeat / c->n_parts;
}

void add_threads(char name[NAME_SIZE], const char *what)
{
    snprintf(name, NAME_SIZE, "%s, %zu thread%s", what, tensor_threads(),
             tensor_threads() > 1 ? "s" : "");
}

/* OpenBLAS's threads look for more to do for a while, on the CPUs that are wanted next. */
static void rest(void)
{
    const struct timespec pause = {0, 40000000};
    if (tensor_threads() > 1)
        nanosleep(&pause, NULL);
}

void compare(const measured_work *c)
{
    double work[ROUNDS], floor[ROUNDS], ratio[ROUNDS], scale = c->unit.per_second;
    char name[NAME_SIZE];
    c->work(c->context); /* warm up */
    c->floor(c->context);
    for (size_t r = 0; r < ROUNDS; r++) {
        work[r] = seconds_of(c->work, c);
        floor[r] = seconds_of(c->floor, c);
        rest();
        ratio[r] = work[r] / floor[r];
    }
    double typical = median(work, ROUNDS);
    add_threads(name, c->name);
    printf("%-34s %9.3f %9.3f %9.3f %s %8.1f %-10s ratio %.2f\n", name, typical * scale,
           work[0] * scale, median(floor, ROUNDS) * scale, c->unit.name, c->amount / typical,
           c->amount_unit, median(ratio, ROUNDS));
    fflush(stdout);
}

void give_up(const error *e) { exit(complain(&(voice){.program = "bench"}, e)); }

void folded_network_init(network *net, const char *spec, size_t n_in)
{
    error e = {0};
    rng r = rng_init(1, rng_stream(STREAM_INIT, 0));
    if (network_init(net, spec, n_in, &e))
        give_up(&e);
    network_fill_he(net, &r);
}

double count_products(const network *net, size_t first)
{
    double n = 0;
    for (size_t i = first; i < net->n_layers; i++)
        n += (double)(net->layers[i].n_in * net->layers[i].n_out);
    return n;
}

float *random_floats(size_t n)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(n, rng_stream(STREAM_PROBE, 1));
    rng_fill_uniform(&r, v, n);
    for (size_t i = 0; i < n; i++)
        v[i] -= 0.5f;
    return v;
}
