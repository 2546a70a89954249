/* SPDX-License-Identifier: MIT */
/* Any bytes as a PNG of 28 x 28, or of whatever size it says it has: refused with a message and no
 * picture, or a grey picture. */
#include "image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(const error *e)
{
    if (e->status != STATUS_BAD_INPUT || e->message[0] == '\0')
        abort();
}

static void read_as(const uint8_t *data, size_t size, int rows, int cols)
{
    picture p = {0};
    error e = {0};
    if (picture_read_grey(&p, data, size, cols, rows, "fuzz", &e) == 0) {
        if (p.width != cols || p.height != rows || p.channels != 1)
            abort();
        volatile uint8_t last = p.data[rows * cols - 1]; /* all of it is there */
        (void)last;
    } else {
        check_refusal(&e);
        if (p.data)
            abort();
    }
    picture_release(&p);
}

/* As the first picture of a folder is read. */
static void read_as_it_says(const uint8_t *data, size_t size)
{
    size_t rows, cols;
    picture_shape shape;
    error e = {0};
    if (picture_read_size(&rows, &cols, data, size, "fuzz", &e) ||
        picture_shape_init(&shape, rows, cols, "fuzz", &e))
        check_refusal(&e);
    else
        read_as(data, size, (int)rows, (int)cols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(data, size, 28, 28);
    read_as_it_says(data, size);
    return 0;
}
