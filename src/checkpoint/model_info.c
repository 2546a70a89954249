/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"
#include <inttypes.h>
#include <stdio.h>

static const char *kind_of(const model_file *m)
{
    return m->is_foreign ? "foreign" : m->is_state ? "state" : "model";
}

/* As the file writes it. */
static const char *checksum_write(char out[16], const model_file *m)
{
    snprintf(out, 16, "%08lx", (unsigned long)m->data_checksum);
    return out;
}

/* ---- Words ---- */

static void add_network(text *out, const char *title, const char *prefix, const network *net)
{
    text_add(out, "%s: %s\n    %zu -> %zu, %zu parameters\n", title, net->spec, net->n_in,
             net->n_out, net->n_param);
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        text_add(out, "    %s%s (%zu", prefix, t.name, t.shape[0]);
        text_add(out, t.rank > 1 ? ", %zu)\n" : ")\n", t.shape[1]);
    }
}

void model_info_words(text *out, const model_file *m)
{
    char checksum[16];
    text_add(out, "%s\n", m->path);
    if (m->is_foreign)
        text_add(out, "made elsewhere\n");
    else
        text_add(out, "step: %" PRIu64 "\n", m->step);
    text_add(out, "z-dim: %zu\nrange: %.9g,%.9g\n", m->z_dim, (double)m->low, (double)m->high);
    add_network(out, "G", m->g_prefix, &m->g);
    if (m->d.n_layers)
        add_network(out, "D", m->d_prefix, &m->d);
    text_add(out, "kind: %s\n", kind_of(m));
    if (m->has_data_checksum)
        text_add(out, "data: checksum %s\n", checksum_write(checksum, m));
    if (m->settings) {
        text_add(out, "settings: ");
        json_write(out, m->settings, 2);
        text_add(out, "\n");
    }
}

/* ---- JSON ---- */

static json_t *network_info(const char *prefix, const network *net)
{
    json_t *tensors = json_array();
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        json_t *shape = json_array();
        text name = {0};
        for (size_t k = 0; k < t.rank; k++)
            json_array_append_new(shape, json_unsigned(t.shape[k]));
        text_add(&name, "%s%s", prefix, t.name);
        json_array_append_new(
            tensors, json_pack("{s:o, s:o}", "name", json_text(name.data), "shape", shape));
        text_release(&name);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "spec", json_text(net->spec), "inputs",
                     json_unsigned(net->n_in), "outputs", json_unsigned(net->n_out), "parameters",
                     json_unsigned(net->n_param), "tensors", tensors);
}

json_t *model_info(const model_file *m)
{
    char checksum[16];
    return json_pack("{s:i, s:o, s:s, s:o, s:o, s:[o,o], s:o, s:o, s:o, s:o}", "schema", 1, "path",
                     json_text(m->path), "kind", kind_of(m), "step",
                     m->is_foreign ? json_null() : json_unsigned(m->step), "z_dim",
                     json_unsigned(m->z_dim), "range", json_number((double)m->low),
                     json_number((double)m->high), "data_crc32",
                     json_text(m->has_data_checksum ? checksum_write(checksum, m) : NULL),
                     "generator", network_info(m->g_prefix, &m->g), "discriminator",
                     m->d.n_layers ? network_info(m->d_prefix, &m->d) : json_null(), "settings",
                     m->settings ? json_incref(m->settings) : json_null());
}
