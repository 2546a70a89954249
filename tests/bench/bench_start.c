/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* wait4: a child's peak memory */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const command *c)
{
    for (const char *const *v = c->variables; *v; v++)
        putenv((char *)(uintptr_t)*v);
    if (!c->is_shown && !freopen("/dev/null", "w", stdout))
        _exit(126);
    execv(c->argv[0], (char *const *)(uintptr_t)c->argv);
    _exit(127);
}

void run_command(void *context)
{
    command *c = context;
    struct rusage use;
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        become(c);
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
void bench_start(const char *gantrain, const char *ganexplain)
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
    command clean = {.argv = {"/bin/rm", "-r", folder}};
    printf("\nFrom start to end\n");
    run_command(&train);
    time_command("ganexplain --seed 7", &whole, &version);
    time_command("ganexplain --seed 7 --no-pictures", &bare, &version);
    run_command(&clean);
    free(run);
}
