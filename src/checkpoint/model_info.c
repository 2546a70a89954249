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

static void add_part(text *out, const stored_part *p)
{
    const network *net = &p->net;
    text_add(out, "%s: %s\n    %zu -> %zu, %zu parameters\n", p->name, net->spec, net->n_in,
             net->n_out, net->n_param);
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        text_add(out, "    %s%s (%zu", p->prefix, t.name, t.shape[0]);
        text_add(out, t.rank > 1 ? ", %zu)\n" : ")\n", t.shape[1]);
    }
}

/* "D's logit of 10,000 real pictures: least -3.1, quartiles -0.2, 0.7, 1.5, greatest 5". */
static void add_quantiles(text *out, const char *name, size_t n, const float q[N_QUANTILES])
{
    enum { LAST = N_QUANTILES - 1 };
    text_add(out, "D's logit of ");
    text_add_grouped(out, n);
    text_add(out, " %s pictures: least %.4g, quartiles %.4g, %.4g, %.4g, greatest %.4g\n", name,
             (double)q[0], (double)q[LAST / 4], (double)q[LAST / 2], (double)q[3 * LAST / 4],
             (double)q[LAST]);
}

void model_info_words(text *out, const model_file *m)
{
    char checksum[16];
    text_add(out, "%s\n", m->path);
    if (m->checksum)
        text_add(out, "sha256: %s\n", model_file_checksum(m));
    if (m->is_foreign)
        text_add(out, "made elsewhere\n");
    else
        text_add(out, "step: %" PRIu64 "\n", m->step);
    text_add(out, "model: %s\n", m->kind);
    if (m->n_classes)
        text_add(out, "classes: %zu\n", m->n_classes);
    if (m->z_dim)
        text_add(out, "z-dim: %zu%s\n", m->z_dim, m->prior_mean ? ", with a fitted prior" : "");
    text_add(out, "pictures: %zux%zu\nrange: %.9g,%.9g\n", m->shape.rows, m->shape.cols,
             (double)m->low, (double)m->high);
    for (size_t i = 0; i < m->n_parts; i++)
        add_part(out, &m->parts[i]);
    if (m->quantiles) {
        add_quantiles(out, "real", m->quantiles->n_real, m->quantiles->real);
        add_quantiles(out, "generated", m->quantiles->n_generated, m->quantiles->generated);
    }
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

static json_t *tensor_info(const char *prefix, named_tensor t)
{
    json_t *shape = json_array();
    text name = {0};
    for (size_t k = 0; k < t.rank; k++)
        json_array_append_new(shape, json_unsigned(t.shape[k]));
    text_add(&name, "%s%s", prefix, t.name);
    json_t *info = json_pack("{s:o, s:o}", "name", json_text(name.data), "shape", shape);
    text_release(&name);
    return info;
}

static json_t *part_info(const stored_part *p)
{
    const network *net = &p->net;
    json_t *tensors = json_array();
    for (size_t i = 0; i < network_count_tensors(net); i++)
        json_array_append_new(tensors, tensor_info(p->prefix, network_tensor(net, i)));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "spec", json_text(net->spec), "inputs",
                     json_unsigned(net->n_in), "outputs", json_unsigned(net->n_out), "parameters",
                     json_unsigned(net->n_param), "tensors", tensors);
}

static json_t *parts_info(const model_file *m)
{
    json_t *parts = json_object();
    for (size_t i = 0; i < m->n_parts; i++)
        json_object_set_new(parts, m->parts[i].name, part_info(&m->parts[i]));
    return parts;
}

static json_t *values_info(const float q[N_QUANTILES])
{
    json_t *values = json_array();
    for (size_t i = 0; i < N_QUANTILES; i++)
        json_array_append_new(values, json_number((double)q[i]));
    return values;
}

static json_t *quantiles_info(const logit_quantiles *q)
{
    if (!q)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o}", "n_real", json_unsigned(q->n_real), "n_generated",
                     json_unsigned(q->n_generated), "real", values_info(q->real), "generated",
                     values_info(q->generated));
}

json_t *model_info(const model_file *m)
{
    char checksum[16];
    return json_pack(
        "{s:i, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:[o,o], s:o, s:o, s:o, s:o}",
        "schema", 2, "path", json_text(m->path), "sha256",
        m->checksum ? json_string(model_file_checksum(m)) : json_null(), "kind", kind_of(m),
        "model", m->kind, "step", m->is_foreign ? json_null() : json_unsigned(m->step), "n_classes",
        json_unsigned(m->n_classes), "z_dim", json_unsigned(m->z_dim), "has_prior",
        json_boolean(m->prior_mean != NULL), "rows", json_unsigned(m->shape.rows), "cols",
        json_unsigned(m->shape.cols), "range", json_number((double)m->low),
        json_number((double)m->high), "data_crc32",
        json_text(m->has_data_checksum ? checksum_write(checksum, m) : NULL), "networks",
        parts_info(m), "quantiles", quantiles_info(m->quantiles), "settings",
        m->settings ? json_incref(m->settings) : json_null());
}
