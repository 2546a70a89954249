/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "../../src/tensor/blas.h" /* as it is */
#include <stdlib.h>

/* Row-major c = op(a) op(b). */
static void product(const char *of_a, const char *of_b, int rows, int cols, int inner,
                    const float *a, int a_stride, const float *b, int b_stride, float *c)
{
    float one = 1, zero = 0;
    blas.sgemm(of_b, of_a, &cols, &rows, &inner, &one, b, &b_stride, a, &a_stride, &zero, c, &cols);
}

/* y = op(a) x for a row-major (rows, cols) matrix. */
static void row_product(const char *of_a, int rows, int cols, const float *a, const float *x,
                        float *y)
{
    float one = 1, zero = 0;
    int step = 1;
    blas.sgemv(of_a, &cols, &rows, &one, a, &cols, x, &step, &zero, y, &step);
}

void floor_forward(int n, int n_in, int n_out, const float *x, const float *w, float *y)
{
    if (n == 1)
        row_product("T", n_out, n_in, w, x, y);
    else
        product("N", "T", n, n_out, n_in, x, n_in, w, n_in, y);
}

void floor_to_weights(int n, int n_in, int n_out, const float *x, const float *dy, float *dw)
{
    product("T", "N", n_out, n_in, n, dy, n_out, x, n_in, dw);
}

void floor_to_input(int n, int n_in, int n_out, const float *dy, const float *w, float *dx)
{
    if (n == 1)
        row_product("N", n_out, n_in, w, dy, dx);
    else
        product("N", "N", n, n_in, n_out, dy, n_out, w, n_in, dx);
}

void floor_blocks_init(floor_blocks *b, size_t n)
{
    b->input = random_floats(n);
    b->room[0] = random_floats(n);
    b->room[1] = random_floats(n);
}

void floor_blocks_release(floor_blocks *b)
{
    free(b->input);
    free(b->room[0]);
    free(b->room[1]);
}

void floor_forward_pass(floor_blocks *b, const network *net, size_t first, int n)
{
    const float *x = b->input;
    for (size_t i = first; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        floor_forward(n, (int)l->n_in, (int)l->n_out, x, l->weight.data, b->room[i % 2]);
        x = b->room[i % 2];
    }
}

void floor_backward_pass(floor_blocks *b, const network *net, int n)
{
    const float *dy = b->input;
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        floor_to_input(n, (int)l->n_in, (int)l->n_out, dy, l->weight.data, b->room[i % 2]);
        dy = b->room[i % 2];
    }
}

void floor_threads_start(void) { blas.set_num_threads((int)tensor_threads()); }

void floor_threads_end(void) { blas.set_num_threads(1); }
