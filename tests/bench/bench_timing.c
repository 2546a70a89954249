/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "cli.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static double seconds_of(work_function *work, const comparison *c)
{
    double start = seconds_now();
    for (size_t i = 0; i < c->repeat; i++)
        work(c->context);
    return (seconds_now() - start) / (double)c->repeat / c->n_parts;
}

void use_threads(size_t threads)
{
    error e = {0};
    if (tensor_init(threads, &e) || tensor_open_blas(&e))
        give_up(&e);
}

void add_threads(char name[NAME_SIZE], const char *what)
{
    snprintf(name, NAME_SIZE, "%s, %zu thread%s", what, tensor_threads(),
             tensor_threads() > 1 ? "s" : "");
}

/* ---- The floor's process ---- */

/* On several threads the floor has a process of its own: it would move this one's threads about,
 * and some systems then leave two of them on one CPU. */
typedef struct {
    pid_t id; /* 0: there is none */
    int ask, answer;
} floor_process;

static _Noreturn void give_up_on_floor(void)
{
    fprintf(stderr, "bench: the floor's process ended\n");
    exit(1);
}

static _Noreturn void answer(const comparison *c, int ask, int reply)
{
    char byte;
    while (read(ask, &byte, 1) == 1) {
        double seconds = seconds_of(c->floor, c);
        if (write(reply, &seconds, sizeof seconds) != sizeof seconds)
            break;
    }
    _exit(0);
}

/* Only the thread that forks is there in the new process: both make our threads anew. */
static void floor_start(floor_process *f, const comparison *c)
{
    size_t threads = tensor_threads();
    int ask[2], reply[2];
    *f = (floor_process){0};
    if (threads == 1)
        return;
    use_threads(1);
    if (pipe(ask) || pipe(reply) || (f->id = fork()) < 0)
        give_up_on_floor();
    use_threads(threads);
    if (f->id == 0) {
        close(ask[1]);
        answer(c, ask[0], reply[1]);
    }
    close(ask[0]);
    close(reply[1]);
    f->ask = ask[1];
    f->answer = reply[0];
}

/* OpenBLAS's threads look for more to do for some 100 ms, on the CPUs that are wanted next. */
static double floor_seconds(const floor_process *f, const comparison *c)
{
    const struct timespec rest = {0, 120000000};
    double seconds;
    if (!f->id)
        return seconds_of(c->floor, c);
    if (write(f->ask, "", 1) != 1 || read(f->answer, &seconds, sizeof seconds) != sizeof seconds)
        give_up_on_floor();
    nanosleep(&rest, NULL);
    return seconds;
}

static void floor_end(const floor_process *f)
{
    if (!f->id)
        return;
    close(f->ask);
    close(f->answer);
    waitpid(f->id, NULL, 0);
}

/* ---- Work and floor ---- */

void compare(const comparison *c)
{
    double work[ROUNDS], floor[ROUNDS], ratio[ROUNDS], scale = c->unit.per_second;
    char name[NAME_SIZE];
    floor_process f;
    floor_start(&f, c);
    c->work(c->context); /* warm up */
    floor_seconds(&f, c);
    for (size_t r = 0; r < ROUNDS; r++) {
        work[r] = seconds_of(c->work, c);
        floor[r] = floor_seconds(&f, c);
        ratio[r] = work[r] / floor[r];
    }
    floor_end(&f);
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
