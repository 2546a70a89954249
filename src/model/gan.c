/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for as many dropout streams a step as a network may have layers. */
enum { STREAMS_PER_STEP = 128, D_STREAMS = 64 };

static void fill_initial(network *net, const gan_settings *set, uint64_t index)
{
    rng r = rng_init(set->seed, rng_stream(STREAM_INIT, index));
    if (set->is_he)
        network_fill_he(net, &r);
    else
        network_fill_glorot(net, &r);
}

static int check_discriminator(const network *d, const char *spec, error *e)
{
    if (d->n_out != 1)
        return fail(e, STATUS_USAGE, "--discriminator: '%.200s': its last width is %zu, expected 1",
                    spec, d->n_out);
    if (d->layers[d->n_layers - 1].f.kind != LINEAR)
        return fail(
            e, STATUS_USAGE,
            "--discriminator: '%.200s': its last layer has an activation, expected none: its "
            "output is the logit",
            spec);
    for (size_t i = 0; i < d->n_layers; i++)
        if (d->layers[i].has_batchnorm)
            return fail(e, STATUS_USAGE,
                        "--discriminator: '%.200s': layer %zu: bn would mix real and fake pictures",
                        spec, i + 1);
    return 0;
}

/* Of a batch of one, batchnorm's normalised value is 0 whatever z is. */
static int check_generator(const network *g, const gan_settings *s, error *e)
{
    if (g->n_out != s->shape.n)
        return fail(
            e, STATUS_USAGE,
            "--generator: '%.200s': its last width is %zu, expected %zu for pictures of %zux%zu",
            s->generator, g->n_out, s->shape.n, s->shape.rows, s->shape.cols);
    for (size_t i = 0; s->batch == 1 && i < g->n_layers; i++)
        if (g->layers[i].has_batchnorm)
            return fail(e, STATUS_USAGE,
                        "--batch: 1 leaves nothing for bn in layer %zu of --generator to compare a "
                        "picture with: its output would not depend on z; expected at least 2",
                        i + 1);
    return 0;
}

/* Of doubles in order the floats may be equal. */
static int check_range(const gan_settings *s, error *e)
{
    if ((float)s->low < (float)s->high)
        return 0;
    return fail(e, STATUS_USAGE, "--range: %.9g and %.9g are the same float: black would be white",
                s->low, s->high);
}

static int init_networks(gan *m, error *e)
{
    const gan_settings *s = &m->set;
    if (check_range(s, e))
        return -1;
    if (network_init(&m->g, s->generator, s->z_dim, e))
        return fail_in(e, "--generator");
    if (network_init(&m->d, s->discriminator, s->shape.n, e))
        return fail_in(e, "--discriminator");
    if (check_generator(&m->g, s, e))
        return -1;
    if (check_discriminator(&m->d, s->discriminator, e))
        return -1;
    fill_initial(&m->g, s, 0);
    fill_initial(&m->d, s, 1);
    if (s->ema_kimg > 0)
        network_copy(&m->g_ema, &m->g);
    return 0;
}

int gan_init(gan *m, const gan_settings *set, error *e)
{
    *m = (gan){.set = *set};
    if (init_networks(m, e)) {
        gan_release(m);
        return -1;
    }
    size_t n = set->batch, n_pixels = set->shape.n;
    optimizer_init(&m->g_optimizer, set->g_optimizer, m->g.n_param);
    optimizer_init(&m->d_optimizer, set->d_optimizer, m->d.n_param);
    tape_init(&m->g_tape, &m->g, n);
    tape_init(&m->d_tape, &m->d, 2 * n);
    tape_view_init(&m->d_real, &m->d_tape);
    tape_view_init(&m->d_fake, &m->d_tape);
    if (set->r1 > 0)
        penalty_init(&m->d_penalty, &m->d, n);
    m->pictures = allocate(2 * n * n_pixels, sizeof(float));
    tape_place_output(&m->g_tape, m->pictures + n * n_pixels);
    m->z = allocate(n * set->z_dim, sizeof(float));
    m->d_logit = allocate(2 * n, sizeof(float));
    m->d_fake_logit = allocate(n, sizeof(float));
    m->d_picture = allocate(n * n_pixels, sizeof(float));
    m->g_gradient = allocate(m->g.n_param, sizeof(float));
    m->d_gradient = allocate(m->d.n_param, sizeof(float));
    return 0;
}

void gan_release(gan *m)
{
    network_release(&m->g);
    network_release(&m->d);
    network_release(&m->g_ema);
    optimizer_release(&m->g_optimizer);
    optimizer_release(&m->d_optimizer);
    tape_release(&m->d_real);
    tape_release(&m->d_fake);
    tape_release(&m->g_tape);
    tape_release(&m->d_tape);
    penalty_release(&m->d_penalty);
    float *const blocks[] = {m->pictures,  m->z,          m->d_logit,   m->d_fake_logit,
                             m->d_picture, m->g_gradient, m->d_gradient};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    *m = (gan){0};
}

/* Forward through both networks and both losses; gradients by the logits. */
static void evaluate(gan *m, float *z)
{
    size_t n = m->set.batch;
    uint64_t stream = rng_stream(STREAM_DROPOUT, m->step * STREAMS_PER_STEP);
    network_forward(&m->g, &m->g_tape, matrix_view(z, n, m->set.z_dim),
                    (pass){true, m->set.seed, stream});
    matrix logits =
        network_forward(&m->d, &m->d_tape, matrix_view(m->pictures, 2 * n, m->set.shape.n),
                        (pass){true, m->set.seed, stream + D_STREAMS});
    const float *real = logits.data, *fake = logits.data + n;
    const adversarial_loss *loss = m->set.loss;
    m->numbers.loss_d = loss->discriminator(real, fake, n, m->d_logit, m->d_logit + n);
    m->numbers.loss_g =
        loss->generator(loss->generator_reads_real ? real : NULL, fake, n, m->d_fake_logit);
    m->numbers.score_real = sum(real, n) / (double)n;
    m->numbers.score_fake = sum(fake, n) / (double)n;
}

/* Both gradients, at the parameters the passes were made with. */
static void differentiate(gan *m)
{
    size_t n = m->set.batch;
    matrix none = {0}, d_picture = matrix_view(m->d_picture, n, m->set.shape.n);
    network_backward(&m->d, &m->d_tape, matrix_view(m->d_logit, 2 * n, 1), m->d_gradient, none);
    m->numbers.has_r1 = m->set.r1 > 0 && m->step % m->set.r1_every == 0;
    if (m->numbers.has_r1) {
        tape_view_rows(&m->d_real, &m->d_tape, 0, n);
        m->numbers.r1 = penalty_r1(&m->d_penalty, &m->d, &m->d_real, (float)m->set.r1,
                                   (float)m->set.r1_every, m->d_gradient);
    }
    tape_view_rows(&m->d_fake, &m->d_tape, n, n);
    network_backward(&m->d, &m->d_fake, matrix_view(m->d_fake_logit, n, 1), NULL, d_picture);
    network_backward(&m->g, &m->g_tape, d_picture, m->g_gradient, none);
}

/* Names the first tensor of net that holds something not finite; where there is none, the one for
 * which o's v does. */
static int refuse_not_finite(const gan *m, const network *net, const optimizer *o,
                             const char *prefix, error *e)
{
    unsigned long long step = (unsigned long long)m->step + 1;
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        size_t at = find_not_finite(t.data, t.n);
        if (at < t.n)
            return fail(e, STATUS_DIVERGED,
                        "step %llu: tensor '%s%s' became %s; try a smaller --lr", step, prefix,
                        t.name, not_finite_name((double)t.data[at]));
    }
    size_t at = find_not_finite(o->v, o->n);
    return fail(e, STATUS_DIVERGED,
                "step %llu: the squared gradient of '%s%s' became %s; try a smaller --lr", step,
                prefix, network_tensor_at(net, at).name, not_finite_name((double)o->v[at]));
}

/* Appends where on the way through net something stopped being finite first. */
static bool name_not_finite_output(text *where, const network *net, const tape *t,
                                   const char *prefix)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        size_t n = t->rows * l->n_out, at = find_not_finite(t->output[i].data, n);
        if (at < n) {
            text_add(where, ", the output of '%s%zu' %s", prefix, l->dense_index,
                     not_finite_name((double)t->output[i].data[at]));
            return true;
        }
    }
    return false;
}

static int check_losses(const gan *m, error *e)
{
    const gan_numbers *n = &m->numbers;
    double penalty_value = n->has_r1 ? n->r1 : 0.0;
    if (isfinite(n->loss_d) && isfinite(n->loss_g) && isfinite(penalty_value))
        return 0;
    const char *name = !isfinite(n->loss_d) ? "D" : !isfinite(n->loss_g) ? "G" : "R1";
    double value = !isfinite(n->loss_d) ? n->loss_d : !isfinite(n->loss_g) ? n->loss_g : n->r1;
    text where = {0};
    text_add(&where, "%s", "");
    if (!name_not_finite_output(&where, &m->g, &m->g_tape, "G."))
        name_not_finite_output(&where, &m->d, &m->d_tape, "D.");
    fail(e, STATUS_DIVERGED, "step %llu: loss '%s' became %s%s; try a smaller --lr",
         (unsigned long long)m->step + 1, name, not_finite_name(value), where.data);
    text_release(&where);
    return -1;
}

/* Half of the average is forgotten after ema_kimg, sooner at the start (Karras et al. 2020,
 * "Training GANs with limited data": at most a twentieth of what was seen). */
static void update_average(gan *m)
{
    double seen = (double)(m->step + 1) * (double)m->set.batch;
    double half_life = fmin(m->set.ema_kimg * 1000.0, 0.05 * seen);
    float rate = (float)(1.0 - pow(0.5, (double)m->set.batch / half_life));
    average_update(m->g_ema.param, m->g.param, m->g.n_param, rate);
    average_update(m->g_ema.stats, m->g.stats, m->g.n_stats, rate);
}

int gan_step_on(gan *m, float *z, error *e)
{
    evaluate(m, z);
    differentiate(m);
    if (check_losses(m, e))
        return -1;
    network_update_stats(&m->g, &m->g_tape, (float)m->set.bn_momentum);
    if (find_not_finite(m->g.stats, m->g.n_stats) < m->g.n_stats)
        return refuse_not_finite(m, &m->g, &m->g_optimizer, "G.", e);
    if (!optimizer_step(&m->d_optimizer, m->d.param, m->d_gradient, 1.0))
        return refuse_not_finite(m, &m->d, &m->d_optimizer, "D.", e);
    if (!optimizer_step(&m->g_optimizer, m->g.param, m->g_gradient, 1.0))
        return refuse_not_finite(m, &m->g, &m->g_optimizer, "G.", e);
    if (m->g_ema.n_layers)
        update_average(m);
    m->step++;
    return 0;
}

int gan_step(gan *m, error *e)
{
    rng r = rng_init(m->set.seed, rng_stream(STREAM_TRAIN_LATENT, m->step));
    rng_fill_normal(&r, m->z, m->set.batch * m->set.z_dim);
    return gan_step_on(m, m->z, e);
}

const network *gan_generator(const gan *m) { return m->g_ema.n_layers ? &m->g_ema : &m->g; }
