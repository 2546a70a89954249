/* SPDX-License-Identifier: MIT */
/* bench: pieces of work that are timed, each in turn with its floor. */
#ifndef GANLENS_BENCH_H
#define GANLENS_BENCH_H

#include "nn.h"

/* ---- Timing ---- */

enum { ROUNDS = 15, NAME_SIZE = 64 };

typedef void work_function(void *context);

typedef struct {
    const char *name;
    double per_second;
} time_unit;

extern const time_unit milliseconds, microseconds;

/* Work and what bounds its speed. */
typedef struct {
    const char *name; /* the number of threads is told behind it */
    work_function *work, *floor;
    void *context;
    size_t repeat;  /* of each in a round */
    double n_parts; /* what is told is the time of one of so many that the work consists of */
    time_unit unit;
    double amount; /* of what is done for a part */
    const char *amount_unit;
} measured_work;

/* Times work and floor in turn, round by round, and prints the medians of both and of the ratio. */
void compare(const measured_work *c);

/* name = what, and on how many threads. */
void add_threads(char name[NAME_SIZE], const char *what);

/* The upper one of the two in the middle; sorts v. */
double median(double *v, size_t n);

/* Says what e holds and ends the program. */
_Noreturn void give_up(const error *e);

/* Layers as a network has them that is ready to be explained. */
void folded_network_init(network *net, const char *spec, size_t n_in);
/* How many multiplications a row needs in the layers from `first` on. */
double count_products(const network *net, size_t first);

/* n numbers in -0.5..0.5; the caller frees them. */
float *random_floats(size_t n);

/* ---- The floor's products, by OpenBLAS ---- */

/* What they read and write; content is of no matter. Zero-initialise. */
typedef struct {
    float *input;   /* never written, so that no repetition makes numbers grow */
    float *room[2]; /* what one product writes the next one reads */
} floor_blocks;

/* For products of so many floats at most on either side. */
void floor_blocks_init(floor_blocks *b, size_t n);
void floor_blocks_release(floor_blocks *b);

/* The matrix-vector product where n = 1. y (n, n_out) = x (n, n_in) w', w (n_out, n_in). */
void floor_forward(int n, int n_in, int n_out, const float *x, const float *w, float *y);
/* dw (n_out, n_in) = dy' x. */
void floor_to_weights(int n, int n_in, int n_out, const float *x, const float *dy, float *dw);
/* dx (n, n_in) = dy (n, n_out) w. */
void floor_to_input(int n, int n_in, int n_out, const float *dy, const float *w, float *dx);
/* The products of passes over n rows of net, forward from its layer `first` on, and back to the
 * input. */
void floor_forward_pass(floor_blocks *b, const network *net, size_t first, int n);
void floor_backward_pass(floor_blocks *b, const network *net, int n);
/* On as many threads of OpenBLAS's own as we have, or on one again. */
void floor_threads_start(void);
void floor_threads_end(void);

/* ---- Child processes ---- */

typedef struct {
    const char *argv[8];
    const char *variables[4]; /* "NAME=VALUE", ended by NULL */
    bool is_shown;            /* else its standard output is dropped */
    long peak_kib;            /* the most memory that a run took */
} command;

/* Ends the program where it does not end well. context: a command. */
void run_command(void *context);

/* ---- The parts; each on the threads that are set ---- */

/* The step of the reference GAN. */
void bench_training(size_t batch);
/* What no product can go over at this level. */
void bench_peak(void);
/* Products with constant matrices alone. */
void bench_products(void);
/* Gradients and Jacobians of that GAN. */
void bench_explaining(void);
/* The nearest of as many pictures as there are, by their pixels. */
void bench_neighbours(void);
/* Pictures by the default recipe's generator. */
void bench_pictures(void);
/* How long ganexplain takes from start to end, for a model that gantrain trains shortly. */
void bench_start(const char *gantrain, const char *ganexplain);

#endif
