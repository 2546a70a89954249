/* SPDX-License-Identifier: MIT */
/* Any bytes as a safetensors file: refused with a message, or every tensor's data is in the file;
 * and as a model of ours: refused with a message, or every network it has can be asked for. */
#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_right)
{
    if (!is_right)
        abort();
}

/* z -> picture -> z or logit: what one gives the other takes. */
static void check_network(const network *net, int status, size_t n_in, size_t n_out)
{
    expect(status != 0 || (net->n_in == n_in && net->n_out == n_out));
}

static void ask(const model_file *m)
{
    size_t class = m->n_classes ? m->n_classes - 1 : NO_CLASS;
    error e = {0};
    network g = {0}, critic = {0}, encoder = {0}, classifier = {0};
    check_network(&g, model_generator(&g, m, class, &e), m->z_dim, m->shape.n);
    check_network(&critic, model_critic(&critic, m, class, &e), m->shape.n, 1);
    check_network(&encoder, model_encoder(&encoder, m, class, &e), m->shape.n, m->z_dim);
    check_network(&classifier, model_classifier(&classifier, m, &e), m->shape.n, m->n_classes);
    network_release(&g);
    network_release(&critic);
    network_release(&encoder);
    network_release(&classifier);
}

static void open_model(const safetensors *s)
{
    model_file m;
    error e = {0};
    const char *format = safetensors_metadata(s, "format");
    if (!format || strcmp(format, "ganlens") != 0)
        return; /* of no model of ours, only a user knows the layers */
    if (model_file_read(&m, s, &(model_source){0}, &e) == 0)
        ask(&m);
    else
        expect(e.status == STATUS_BAD_INPUT && e.message[0]);
    model_file_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    safetensors s;
    error e = {0};
    int status = safetensors_read(&s, data, size, "fuzz", &e);
    expect(status == 0 || (e.status == STATUS_BAD_INPUT && e.message[0]));
    for (size_t i = 0; i < s.n_entries; i++)
        expect(s.entries[i].data >= s.file.data && s.entries[i].n_bytes <= s.file.size &&
               s.entries[i].data <= s.file.data + s.file.size - s.entries[i].n_bytes);
    if (status == 0)
        open_model(&s);
    safetensors_release(&s);
    return 0;
}
