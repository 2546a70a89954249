/* SPDX-License-Identifier: MIT */
/* The method `structure`: the networks as they are built, and what flows through them for this z.
 *
 * At one point a network of ReLUs is a sum over paths: a component of z times the weights and
 * slopes along a path times the rate of the target at its end. All of G's together are the gradient
 * times z, all of D's the gradient by the pixels times the picture above black. Drawn is what flows
 * along connections: what all paths through one add. Of single paths the strongest one to each of
 * nine parts of the picture is told. */
#include "structure_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "structure.network",
     .space = SPACE_NETWORK,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The networks, and what flows through them",
     .unit = "squares: units, by their values here; lines: what flows along them to the target",
     .meaning = "between two columns the strongest connections, by what all paths through each of "
                "them add to the target; what a path adds is its first number (a component of z; "
                "right of the picture a pixel's brightness above black) times all weights and "
                "slopes along it. Right of the picture there are lines where the target sees it "
                "through that network alone"},
    {.name = "structure.layers",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The layers",
     .unit = "counts; values: of the layer's units for this z",
     .meaning = "a row a layer: how many numbers it reads and makes, how many weights and biases "
                "it has once BatchNorm is folded into them, which share of its units is above 0 "
                "here, and the mean and largest magnitude of its values"},
    {.name = "structure.paths",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The strongest paths to the parts of the picture",
     .unit = "what the path adds to the target, as far as that is a straight line",
     .meaning = "a row a part: the path's component of z and the units that it goes through, what "
                "it adds to the target, what all paths to the part add together, and the share "
                "that the path has of the magnitudes of all these"},
    {.name = "structure.drawn",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "What the lines drawn carry",
     .unit = "percent",
     .meaning = "the magnitudes of what flows along the lines drawn over those of all that flows "
                "between the same columns, at the two columns where that is least; there is no "
                "such array where nothing flows",
     .sentence = "The lines drawn carry at least # % of what flows between their columns, "
                 "counted by magnitude: the rest is spread over connections that are not drawn."},
    {.name = "structure.carried",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "What single paths carry",
     .unit = "percent",
     .meaning = "the magnitudes of the strongest paths over those of all paths from z; there "
                "is no such array where no path adds anything",
     .sentence = "Single paths say little: the strongest ones to the parts of the picture carry "
                 "# % of what all paths carry, counted by magnitude."},
    {0}};

/* ---- The networks here ---- */

static const char *const part_names[N_PARTS] = {"top left",    "top",    "top right",
                                                "left",        "middle", "right",
                                                "bottom left", "bottom", "bottom right"};

/* The part of the picture that each pixel is in. The caller frees it. */
static size_t *make_parts(picture_shape shape)
{
    size_t *part = allocate(shape.n, sizeof *part);
    for (size_t p = 0; p < shape.n; p++) {
        size_t row = p / shape.cols * NETWORK_SIDE / shape.rows;
        part[p] = row * NETWORK_SIDE + p % shape.cols * NETWORK_SIDE / shape.cols;
    }
    return part;
}

/* Row 0 of a tape's slopes, in double. */
static double **copy_slopes(const network *net, const tape *t)
{
    double **slope = allocate(net->n_layers, sizeof *slope);
    for (size_t i = 0; i < net->n_layers; i++) {
        slope[i] = allocate(net->layers[i].n_out, sizeof **slope);
        for (size_t k = 0; k < net->layers[i].n_out; k++)
            slope[i][k] = (double)t->slope[i][k];
    }
    return slope;
}

static void free_slopes(double **slope, const network *net)
{
    for (size_t i = 0; i < net->n_layers; i++)
        free(slope[i]);
    free(slope);
}

static double *to_double(const float *v, size_t n, float less)
{
    double *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)v[i] - (double)less;
    return out;
}

void structure_make_chain(chain *c, const structure *s, const double *const *slope,
                          const double *gradient)
{
    const explainer *x = s->t->x;
    const network *net = x->net[s->made_by];
    double *z = to_double(s->t->rows->z, x->z_dim, 0);
    chain_init(c, &(straight_network){.net = net,
                                      .slope = slope,
                                      .input = z,
                                      .gradient = gradient,
                                      .output_group = s->part,
                                      .n_inputs = x->z_dim,
                                      .n_outputs = s->part ? N_PARTS : net->n_out});
    free(z);
}

static void make_chain_from_z(structure *s)
{
    const explainer *x = s->t->x;
    const network *net = x->net[s->made_by];
    double **slope = copy_slopes(net, &s->t->w->tape[s->made_by]);
    double *gradient = to_double(s->dx, net->n_out, 0);
    structure_make_chain(&s->from_z, s, (const double *const *)slope, gradient);
    free(gradient);
    free_slopes(slope, net);
}

static void make_chain_to_target(structure *s)
{
    const explainer *x = s->t->x;
    const network *net = x->net[s->seen_by];
    double **slope = copy_slopes(net, &s->t->w->tape[s->seen_by]);
    double *gradient = to_double(s->t->w->dy, net->n_out, 0);
    double *input = to_double(s->t->rows->x, x->shape.n, s->t->q->black);
    chain_init(&s->to_target, &(straight_network){.net = net,
                                                  .slope = (const double *const *)slope,
                                                  .input = input,
                                                  .gradient = gradient,
                                                  .input_group = s->part,
                                                  .n_inputs = N_PARTS,
                                                  .n_outputs = net->n_out});
    free(input);
    free(gradient);
    free_slopes(slope, net);
}

/* The network through which alone the target sees the picture. */
static explain_net network_seen_by(const explainer *x)
{
    explain_net reads = x->target.row->terms[0].reads;
    bool is_one = x->target.row->n_terms == 1;
    return is_one && (reads == NET_CRITIC || reads == NET_CLASSIFIER) ? reads : N_NETS;
}

/* What the target's rates are by what the network of z makes; w->dy is then that by what it reads
 * itself. */
static void find_rates(structure *s, const explanation *a)
{
    const explain_task *t = s->t;
    float value;
    s->dx = allocate(t->x->net[s->made_by]->n_out, sizeof *s->dx);
    if (structure_has_picture(s))
        explain_pictures(t->x, t->w, t->rows->x, 1, a->reference, &value, s->dx);
    else
        s->dx[t->x->target.component] = 1;
}

static void structure_init(structure *s, const explain_task *t, const explanation *a)
{
    bool of_picture = explain_is_of_picture(t->x);
    *s = (structure){.t = t,
                     .made_by = of_picture ? NET_G : NET_CUT,
                     .seen_by = network_seen_by(t->x),
                     .part = of_picture ? make_parts(t->x->shape) : NULL,
                     .n_paths = of_picture ? N_PARTS : 1};
    find_rates(s, a);
    make_chain_from_z(s);
    for (size_t r = 0; r < s->n_paths; r++)
        s->paths[r] = chain_find(&s->from_z, of_picture ? r : t->x->target.component);
    if (s->seen_by != N_NETS)
        make_chain_to_target(s);
}

static void structure_release(structure *s)
{
    chain_release(&s->from_z);
    chain_release(&s->to_target);
    free(s->part);
    free(s->dx);
}

/* ---- Tables ---- */

static void fill_layer_row(float *row, const layer *l, const float *values)
{
    double above = 0, total = 0, largest = 0;
    for (size_t i = 0; i < l->n_out; i++) {
        double size = fabs((double)values[i]);
        above += values[i] > 0;
        total += size;
        largest = size > largest ? size : largest;
    }
    row[0] = (float)l->n_in;
    row[1] = (float)l->n_out;
    row[2] = (float)(l->n_in * l->n_out + (l->bias ? l->n_out : 0));
    row[3] = (float)(above / (double)l->n_out);
    row[4] = (float)(total / (double)l->n_out);
    row[5] = (float)largest;
}

static void add_layer_table(explanation *a, const structure *s)
{
    static const char *const columns[] = {"reads",         "units",        "parameters",
                                          "share above 0", "values: mean", "values: largest"};
    enum { N_COLUMNS = sizeof columns / sizeof *columns };
    static const char *const names[N_NETS] = {"G", "D", "judge", "G"};
    const explainer *x = s->t->x;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < NET_CUT; i++)
        n += x->net[i] ? x->net[i]->n_layers : 0;
    float *table = explanation_add(a, "structure.layers", n, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, columns[c]);
    for (size_t i = 0; i < NET_CUT; i++)
        for (size_t k = 0; x->net[i] && k < x->net[i]->n_layers; k++) {
            const layer *l = &x->net[i]->layers[k];
            text label = {0};
            fill_layer_row(table + at++ * N_COLUMNS, l, s->t->w->tape[i].output[k].data);
            text_add(&label, "%s %zu %s", names[i], l->dense_index, activations[l->f.kind].name);
            explanation_add_label(a, label.data);
            text_release(&label);
        }
}

/* "top left: z23 > 37 > 129 > 116" */
static void label_path(explanation *a, const structure *s, size_t r)
{
    const chain_path *p = &s->paths[r];
    text label = {0};
    text_add(&label, "%s: z%zu", structure_has_picture(s) ? part_names[r] : "unit", p->point[0]);
    for (size_t i = 1; i < s->from_z.n_links; i++)
        text_add(&label, " > %zu", p->point[i]);
    explanation_add_label(a, label.data);
    text_release(&label);
}

static void add_paths(explanation *a, const structure *s)
{
    static const char *const columns[] = {"path adds", "all paths add", "share of magnitudes"};
    enum { N_COLUMNS = sizeof columns / sizeof *columns };
    float *table = explanation_add(a, "structure.paths", s->n_paths, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, columns[c]);
    for (size_t r = 0; r < s->n_paths; r++) {
        const chain_path *p = &s->paths[r];
        size_t end = p->point[s->from_z.n_links];
        double all = chain_sum(&s->from_z, end, true);
        float *row = table + r * N_COLUMNS;
        row[0] = (float)p->value;
        row[1] = (float)chain_sum(&s->from_z, end, false);
        row[2] = all > 0 ? (float)(fabs(p->value) / all) : 0;
        label_path(a, s, r);
    }
}

static void add_drawn(explanation *a, double share)
{
    if (share < 1)
        *explanation_add(a, "structure.drawn", 0, 0) = (float)(100 * share);
}

static void add_carried(explanation *a, const structure *s)
{
    double all = chain_sum(&s->from_z, NO_INDEX, true), drawn = 0;
    for (size_t r = 0; r < s->n_paths; r++)
        drawn += fabs(s->paths[r].value);
    if (all > 0)
        *explanation_add(a, "structure.carried", 0, 0) = (float)(100 * drawn / all);
}

/* ---- Running ---- */

static void add_checks(explanation *a, const structure *s)
{
    explain_check checks[N_STRUCTURE_CHECKS];
    structure_check(checks, s, a);
    for (size_t i = 0; i < N_STRUCTURE_CHECKS; i++)
        explanation_add_check(a, &checks[i]);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    structure s;
    (void)e;
    structure_init(&s, t, a);
    add_drawn(a, structure_add_network(a, &s));
    add_layer_table(a, &s);
    add_paths(a, &s);
    add_carried(a, &s);
    if (!t->q->skips_checks)
        add_checks(a, &s);
    structure_release(&s);
    return 0;
}

const explain_method structure_method = {
    .name = "structure",
    .summary = "the networks as they are built, and what flows through units and parts of the "
               "picture from z to the target",
    .source = "a network of ReLUs as a sum over paths: Balduzzi et al. 2015, arXiv:1509.01851, "
              "section 2; gradient times input: Shrikumar et al. 2016, arXiv:1605.01713",
    .lies = "What is drawn is the strongest of very much, and may carry a few hundredths of it; "
            "the figure says how much. What flows is by the slopes here, as if the "
            "target were a straight line.",
    .arrays = arrays,
    .checks = structure_checks,
    .wants = WANTS_GRADIENT_Z,
    .run = run,
};
