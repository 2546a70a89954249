/* SPDX-License-Identifier: MIT */
/* A network of a model, from its spec to its update. */
#include "class_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- From options ---- */

static const void *option(const train_options *o, size_t offset)
{
    return (const char *)o + offset;
}

const char *part_spec(const part_row *row, const train_options *o)
{
    return *(const char *const *)option(o, row->spec);
}

static optimizer_settings settings_of(const part_row *row, const train_options *o)
{
    double lr = *(const double *)option(o, row->lr);
    return (optimizer_settings){.rule = optimizer_find(o->opt),
                                .lr = isnan(lr) ? o->lr : lr,
                                .beta1 = o->beta1,
                                .beta2 = o->beta2,
                                .eps = o->eps,
                                .decay = o->weight_decay};
}

static size_t width_of(network_side side, const train_options *o, picture_shape shape)
{
    const size_t widths[] = {[SIDE_Z] = (size_t)o->z_dim,
                             [SIDE_PICTURE] = shape.n,
                             [SIDE_LOGIT] = 1,
                             [SIDE_CLASSES] = (size_t)o->n_classes,
                             [SIDE_MOMENTS] = 2 * (size_t)o->z_dim};
    return widths[side];
}

char *part_fit_spec(train_options *o, const part_row *row, picture_shape shape)
{
    const char *spec = part_spec(row, o), *comma = strrchr(spec, ',');
    const char *last = comma ? comma + 1 : spec;
    text fitted = {0};
    text_add(&fitted, "%.*s%zu%s", (int)(last - spec), spec, width_of(row->out, o, shape),
             last + strspn(last, "0123456789"));
    *(const char **)((char *)o + row->spec) = fitted.data;
    return fitted.data;
}

/* ---- Checks ---- */

/* Of a batch of one, batchnorm's normalised value is 0 whatever comes in. */
static int check_batchnorm(const part_row *row, const char *spec, size_t batch, size_t i, error *e)
{
    if (row->no_batchnorm)
        return fail(e, STATUS_USAGE, "--%s: '%.200s': layer %zu: bn %s", row->option, spec, i + 1,
                    row->no_batchnorm);
    if (batch == 1)
        return fail(e, STATUS_USAGE,
                    "--batch: 1 leaves nothing for bn in layer %zu of --%s to compare a picture "
                    "with: its output would not depend on its input; expected at least 2",
                    i + 1, row->option);
    return 0;
}

static int check_width(const network *net, const part_row *row, const model *m, error *e)
{
    size_t n_out = width_of(row->out, &m->options, m->shape);
    char what[64] = "";
    if (net->n_out == n_out)
        return 0;
    if (row->out == SIDE_PICTURE)
        snprintf(what, sizeof what, " for pictures of %zux%zu", m->shape.rows, m->shape.cols);
    return fail(e, STATUS_USAGE, "--%s: '%.200s': its last width is %zu, expected %zu%s",
                row->option, part_spec(row, &m->options), net->n_out, n_out, what);
}

static int check_network(const network *net, const part_row *row, const model *m, error *e)
{
    const char *spec = part_spec(row, &m->options);
    if (check_width(net, row, m, e))
        return -1;
    if (row->linear_output && net->layers[net->n_layers - 1].f.kind != LINEAR)
        return fail(e, STATUS_USAGE,
                    "--%s: '%.200s': its last layer has an activation, expected none: its output "
                    "is the %s",
                    row->option, spec, row->linear_output);
    for (size_t i = 0; i < net->n_layers; i++)
        if (net->layers[i].has_batchnorm &&
            check_batchnorm(row, spec, (size_t)m->options.batch, i, e))
            return -1;
    return 0;
}

/* ---- Life ---- */

static size_t inputs_of(const part_row *row, const model *m)
{
    size_t n_classes = row->class == CLASS_AS_INPUT ? m->n_classes : 0;
    return width_of(row->in, &m->options, m->shape) + n_classes;
}

static int fill_initial(network *net, const model *m, uint64_t index, error *e)
{
    const train_options *o = &m->options;
    rng r = rng_init(o->seed, rng_stream(STREAM_INIT, index));
    weight_filling_find(o->init_weights)->fill(net, &r);
    network_start_norms(net, &r);
    bool is_of_data = o->init_output && strcmp(o->init_output, "data") == 0;
    return is_of_data && m->kind->parts[index].out == SIDE_PICTURE
               ? output_layer_fill(net, m, &r, e)
               : 0;
}

int part_init(model_part *p, const model *m, size_t i, error *e)
{
    const part_row *row = &m->kind->parts[i];
    const train_options *o = &m->options;
    const char *spec = part_spec(row, o);
    p->row = row;
    if (!spec)
        return fail(e, STATUS_USAGE, "--%s is not set; --model %s needs it", row->option, o->model);
    if (network_init(&p->network, spec, inputs_of(row, m), e))
        return fail_in(e, "--%s", row->option);
    if (check_network(&p->network, row, m, e))
        return -1;
    if (m->n_classes && row->class == CLASS_BY_PROJECTION)
        network_add_classes(&p->network, m->n_classes);
    if (fill_initial(&p->network, m, i, e))
        return -1;
    if (row->has_average && o->ema_kimg > 0)
        network_copy(&p->average, &p->network);
    optimizer_init(&p->optimizer, settings_of(row, o), p->network.n_param);
    p->gradient = allocate(p->network.n_param, sizeof *p->gradient);
    return 0;
}

void part_release(model_part *p)
{
    tape_release(&p->tape);
    network_release(&p->network);
    network_release(&p->average);
    optimizer_release(&p->optimizer);
    free(p->gradient);
    *p = (model_part){0};
}

const network *part_for_use(const model_part *p)
{
    return p->average.n_layers ? &p->average : &p->network;
}

/* ---- Update ---- */

/* Names the first tensor that holds something not finite; where there is none, the one for which
 * the optimizer's v does. */
static int refuse_not_finite(const model_part *p, uint64_t step, error *e)
{
    unsigned long long n = (unsigned long long)step + 1;
    const char *prefix = p->row->prefix;
    for (size_t i = 0; i < network_count_tensors(&p->network); i++) {
        named_tensor t = network_tensor(&p->network, i);
        size_t at = find_not_finite(t.data, t.n);
        if (at < t.n)
            return fail(e, STATUS_DIVERGED,
                        "step %llu: tensor '%s.%s' became %s; try a smaller --lr", n, prefix,
                        t.name, not_finite_name((double)t.data[at]));
    }
    const optimizer *o = &p->optimizer;
    size_t at = find_not_finite(o->v, o->n);
    return fail(e, STATUS_DIVERGED,
                "step %llu: the squared gradient of '%s.%s' became %s; try a smaller --lr", n,
                prefix, network_tensor_at(&p->network, at).name, not_finite_name((double)o->v[at]));
}

/* Half of the average is forgotten after ema_kimg, sooner at the start (Karras et al. 2020,
 * "Training GANs with limited data": at most a twentieth of what was seen). */
static void update_average(model_part *p, const model *m)
{
    double batch = (double)m->options.batch * (double)m->n_batches;
    double seen = (double)(m->step + 1) * batch;
    double half_life = fmin(m->options.ema_kimg * 1000.0, 0.05 * seen);
    float rate = (float)(1.0 - pow(0.5, batch / half_life));
    average_update(p->average.param, p->network.param, p->network.n_param, rate);
    average_update(p->average.stats, p->network.stats, p->network.n_stats, rate);
    network_normalise(&p->average, 1);
}

size_t part_updates(const model_part *p, const model *m)
{
    return p->row->moves_by_every_batch ? m->n_batches : 1;
}

int part_update(model_part *p, const model *m, error *e)
{
    network *net = &p->network;
    network_update_stats(net, &p->tape, (float)m->options.bn_momentum);
    network_finish_gradient(net, p->gradient);
    update_rules_apply(p, &m->options, false);
    if (find_not_finite(net->stats, net->n_stats) < net->n_stats ||
        !optimizer_step(&p->optimizer, net->param, p->gradient, model_rate_factor(m)))
        return refuse_not_finite(p, m->step, e);
    update_rules_apply(p, &m->options, true);
    network_normalise(net, 1);
    if (p->average.n_layers)
        update_average(p, m);
    return 0;
}

bool part_add_not_finite(text *where, const model_part *p)
{
    for (size_t i = 0; i < p->network.n_layers; i++) {
        const layer *l = &p->network.layers[i];
        const float *output = p->tape.output[i].data;
        size_t n = p->tape.rows * l->n_out, at = find_not_finite(output, n);
        if (at < n) {
            text_add(where, ", the output of '%s.%zu' %s", p->row->prefix, l->dense_index,
                     not_finite_name((double)output[at]));
            return true;
        }
    }
    return false;
}
