/* SPDX-License-Identifier: MIT */
/* The method `formation`: the picture as it forms. z grows from a start to its value; and in each
 * hidden layer of G the strongest units alone are at their values, more and more of them, while the
 * others are where they are at the start.
 *
 * The start is z = 0, or what --baseline says: of several, their mean. A unit is as strong as the
 * picture changes when it alone is put to its value at the start, by norm, which is found by doing
 * so. A layer's first picture is that of the start, its last one that of z, to the bit. */
#include "formation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "formation.z",
     .space = SPACE_X_LIST,
     .sign = SIGN_PLAIN,
     .role = ROLE_EVIDENCE,
     .title = "The picture as z grows to its value",
     .unit = "G(baseline + share of the way to z), beside each share the target there; pixels",
     .meaning = "what G draws at eighths of the straight way from the baseline (z = 0 unless "
                "--baseline says otherwise) to z"},
    {.name = "formation.layers",
     .space = SPACE_X_LIST,
     .sign = SIGN_PLAIN,
     .role = ROLE_EVIDENCE,
     .title = "The picture as each layer's strongest units come to their values",
     .unit = "G with so many units of the layer as at z, all others as at the baseline; pixels",
     .meaning = "what G draws when the units of a layer without which the picture would change "
                "most are at their values, and all others at those at the baseline"},
    {.name = "formation.target",
     .space = SPACE_CURVE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The target as z grows to its value",
     .unit = "the target, along the straight way from the baseline to z",
     .meaning = "where on the way the target becomes what it is"},
    {.name = "formation.share",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How far a layer's strongest units bring the picture",
     .unit = "by how many units are at their values; in brackets the three strongest",
     .meaning = "a row a hidden layer: with so many of its strongest units at their values, how "
                "much of the distance (root of the pixels' squares) between the picture of the "
                "baseline and this one is gone; below 0 the picture is farther away than at the "
                "baseline"},
    {.name = "formation.units",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Units that make the picture",
     .unit = "units of the last hidden layer",
     .meaning = "of 1, 2, 4 ... and all of the strongest units of G's last hidden layer the least "
                "number from which on half of the distance to the picture are gone; there "
                "is no such array where the baseline has the same picture",
     .sentence = "With the # strongest units of G's last hidden layer at their values, and all "
                 "others as at the baseline, half of the way to this picture is gone."},
    {0}};

/* ---- The way of z ---- */

/* Both ends to the bit. */
static void fill_way(formation *f)
{
    size_t n = f->t->x->z_dim;
    const float *z = f->t->rows->z;
    for (size_t i = 0; i <= N_WAY_STEPS; i++)
        for (size_t c = 0; c < n; c++) {
            double at = (double)i / N_WAY_STEPS, from = (double)f->start[c];
            f->way[i * n + c] =
                i == N_WAY_STEPS ? z[c] : (float)(from + at * ((double)z[c] - from));
        }
}

static void fill_start(float *start, const target_function *of)
{
    baseline_rows b;
    baseline_rows_init(&b, of);
    for (size_t c = 0; c < of->n; c++) {
        double total = 0;
        for (size_t r = 0; r < b.n; r++)
            total += (double)b.rows[r * of->n + c];
        start[c] = (float)(total / (double)b.n);
    }
    baseline_rows_release(&b);
}

static void label_way(explanation *a, const formation *f)
{
    for (size_t i = 0; i < N_WAY_PICTURES; i++) {
        text label = {0};
        text_add(&label, "%zu/%d  %+.3g", i, N_WAY_PICTURES - 1, (double)f->value[i * WAY_PICTURE]);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

static void add_way_pictures(explanation *a, formation *f)
{
    const explainer *x = f->t->x;
    size_t n = x->z_dim, pixels = x->shape.n;
    float *z = allocate(N_WAY_PICTURES * n, sizeof *z);
    float *out = explanation_add(a, "formation.z", N_WAY_PICTURES, 0);
    for (size_t i = 0; i < N_WAY_PICTURES; i++)
        memcpy(z + i * n, f->way + i * WAY_PICTURE * n, n * sizeof *z);
    memcpy(out, explain_draw(x, f->t->w, z, N_WAY_PICTURES), N_WAY_PICTURES * pixels * sizeof *out);
    label_way(a, f);
    f->pictures = out;
    free(z);
}

static void add_target(explanation *a, const formation *f)
{
    float *curve = explanation_add(a, "formation.target", 2, N_WAY_STEPS + 1);
    for (size_t i = 0; i <= N_WAY_STEPS; i++) {
        curve[i] = (float)i / N_WAY_STEPS;
        curve[N_WAY_STEPS + 1 + i] = f->value[i];
    }
    explanation_add_label(a, "share of the way");
    explanation_add_label(a, "target");
}

/* ---- Layers ---- */

size_t formation_level(const formed_layer *l, size_t i)
{
    return i == 0 ? 0 : i + 1 == l->n_levels ? l->n : (size_t)1 << (i - 1);
}

static size_t count_levels(size_t n)
{
    size_t levels = 2;
    for (size_t k = 1; k < n; k *= 2)
        levels++;
    return levels;
}

static float *copy_floats(const float *v, size_t n)
{
    return memcpy(allocate(n, sizeof *v), v, n * sizeof *v);
}

/* Where t holds passes at the start and at z: hidden layer i. */
static void layer_init(formed_layer *l, const packed_network *g, const tape *t, size_t i)
{
    const network *net = g->net;
    size_t n = net->layers[i].n_out;
    *l = (formed_layer){.rest_net = *net, .n = n, .n_levels = count_levels(n)};
    l->rest_net.layers += i + 1;
    l->rest_net.n_layers -= i + 1;
    l->rest_net.n_in = n;
    l->before = copy_floats(t->output[i].data, n);
    l->now = copy_floats(t->output[i].data + n, n);
    l->strength = allocate(n, sizeof *l->strength);
    l->order = allocate(n, sizeof *l->order);
    l->rest = (packed_network){.n_layers = l->rest_net.n_layers, .to_output = g->to_output + i + 1};
}

static void layers_init(formation *f)
{
    const explainer *x = f->t->x;
    size_t n = x->z_dim;
    float *ends = allocate(2 * n, sizeof *ends);
    memcpy(ends, f->start, n * sizeof *ends);
    memcpy(ends + n, f->t->rows->z, n * sizeof *ends);
    explain_draw(x, f->t->w, ends, 2);
    f->n_layers = x->net[NET_G]->n_layers - 1;
    f->layers = allocate(f->n_layers + 1, sizeof *f->layers);
    for (size_t i = 0; i < f->n_layers; i++) {
        layer_init(&f->layers[i], &x->packed[NET_G], &f->t->w->tape[NET_G], i);
        f->layers[i].rest.net = &f->layers[i].rest_net;
    }
    free(ends);
}

/* Room to draw a tile of one layer's units: their values and what the rest of G makes of them. */
typedef struct {
    float *units, *hidden[2], *pictures;
} layer_room;

static layer_room layer_room_init(const formation *f)
{
    const network *g = f->t->x->net[NET_G];
    size_t widest = network_widest_hidden(g);
    return (layer_room){.units = allocate(EXPLAIN_TILE * widest, sizeof(float)),
                        .hidden = {allocate(EXPLAIN_TILE * widest, sizeof(float)),
                                   allocate(EXPLAIN_TILE * widest, sizeof(float))},
                        .pictures = allocate(EXPLAIN_TILE * g->n_out, sizeof(float))};
}

static void layer_room_release(layer_room *r)
{
    free(r->units);
    free(r->hidden[0]);
    free(r->hidden[1]);
    free(r->pictures);
}

static void draw_units(float *pictures, layer_room *r, const formed_layer *l, size_t n)
{
    packed_evaluate(matrix_view(pictures, n, l->rest_net.n_out), &l->rest, r->hidden,
                    matrix_view(r->units, n, l->n));
}

static float distance(const float *a, const float *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double off = (double)a[i] - (double)b[i];
        total += off * off;
    }
    return (float)sqrt(total);
}

typedef struct {
    const formation *f;
    formed_layer *l;
    const float *whole;
    layer_room *rooms;
    size_t n_parts;
} strength_task;

/* Of a tile of units: each alone is where it is at the start. */
static void measure_tile(const strength_task *t, layer_room *r, size_t first)
{
    const formed_layer *l = t->l;
    size_t n = l->n - first < EXPLAIN_TILE ? l->n - first : EXPLAIN_TILE;
    size_t pixels = l->rest_net.n_out;
    for (size_t i = 0; i < n; i++) {
        memcpy(r->units + i * l->n, l->now, l->n * sizeof *r->units);
        r->units[i * l->n + first + i] = l->before[first + i];
    }
    draw_units(r->pictures, r, l, n);
    for (size_t i = 0; i < n; i++)
        l->strength[first + i] = distance(r->pictures + i * pixels, t->whole, pixels);
}

/* A body of parallel_for: every n_parts-th tile, in a room of its own. */
static void measure_part(size_t i, size_t thread, void *context)
{
    const strength_task *t = context;
    (void)thread;
    for (size_t first = i * EXPLAIN_TILE; first < t->l->n; first += t->n_parts * EXPLAIN_TILE)
        measure_tile(t, &t->rooms[i], first);
}

/* Level by level, the strongest at their values. */
static void draw_levels(float *pictures, layer_room *r, const formed_layer *l)
{
    for (size_t i = 0; i < l->n_levels; i++) {
        float *units = r->units + i * l->n;
        memcpy(units, l->before, l->n * sizeof *units);
        for (size_t k = 0; k < formation_level(l, i); k++)
            units[l->order[k]] = l->now[l->order[k]];
    }
    draw_units(pictures, r, l, l->n_levels);
}

static void form_layer(const formation *f, formed_layer *l, float *pictures, layer_room *rooms)
{
    size_t n_tiles = (l->n + EXPLAIN_TILE - 1) / EXPLAIN_TILE;
    strength_task t = {f, l, f->t->rows->x, rooms, parallel_width(n_tiles)};
    parallel_for(t.n_parts, measure_part, &t);
    find_strongest(l->order, l->n, l->strength, l->n);
    draw_levels(pictures, rooms, l);
    l->pictures = pictures;
}

static void form_layers(formation *f, float *pictures)
{
    size_t n_rooms = tensor_threads();
    layer_room *rooms = allocate(n_rooms, sizeof *rooms);
    for (size_t i = 0; i < n_rooms; i++)
        rooms[i] = layer_room_init(f);
    for (size_t i = 0; i < f->n_layers; i++) {
        form_layer(f, &f->layers[i], pictures, rooms);
        pictures += f->layers[i].n_levels * f->t->x->shape.n;
    }
    for (size_t i = 0; i < n_rooms; i++)
        layer_room_release(&rooms[i]);
    free(rooms);
}

/* ---- What layers leave ---- */

/* Its Sequential index. */
static size_t layer_name(const formation *f, size_t i)
{
    return f->t->x->net[NET_G]->layers[i].dense_index;
}

static void label_levels(explanation *a, const formation *f)
{
    for (size_t i = 0; i < f->n_layers; i++)
        for (size_t k = 0; k < f->layers[i].n_levels; k++) {
            size_t n = formation_level(&f->layers[i], k);
            text label = {0};
            text_add(&label, "layer %zu, %zu units: ", layer_name(f, i), f->layers[i].n);
            if (k + 1 == f->layers[i].n_levels)
                text_add(&label, "all");
            else
                text_add(&label, "%zu", n);
            explanation_add_label(a, label.data);
            text_release(&label);
        }
}

static void add_layer_pictures(explanation *a, formation *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_layers; i++)
        n += f->layers[i].n_levels;
    form_layers(f, explanation_add(a, "formation.layers", n, 0));
    label_levels(a, f);
}

/* What of the distance is gone; all of none. */
static double share_gone(const formed_layer *l, const float *whole, size_t level)
{
    size_t n = l->rest_net.n_out;
    double all = (double)distance(l->pictures, whole, n);
    return all > 0 ? 1 - (double)distance(l->pictures + level * n, whole, n) / all : 1;
}

static void add_row_label(explanation *a, const formation *f, size_t i)
{
    const formed_layer *l = &f->layers[i];
    text label = {0};
    text_add(&label, "layer %zu (", layer_name(f, i));
    for (size_t k = 0; k < 3 && k < l->n; k++)
        text_add(&label, "%s%zu", k ? ", " : "", l->order[k]);
    text_add(&label, ")");
    explanation_add_label(a, label.data);
    text_release(&label);
}

/* A column a level of the widest layer; of others, all are there from their last on. */
static void add_shares(explanation *a, const formation *f)
{
    const formed_layer *widest = f->layers;
    for (size_t i = 1; i < f->n_layers; i++)
        widest = f->layers[i].n > widest->n ? &f->layers[i] : widest;
    size_t cols = widest->n_levels - 1;
    float *table = explanation_add(a, "formation.share", f->n_layers, cols);
    for (size_t c = 0; c < cols; c++) {
        text label = {0};
        text_add(&label, "share of the way: %zu", formation_level(widest, 1 + c));
        explanation_add_label(a, label.data);
        text_release(&label);
    }
    for (size_t i = 0; i < f->n_layers; i++) {
        const formed_layer *l = &f->layers[i];
        for (size_t c = 0; c < cols; c++)
            table[i * cols + c] =
                (float)share_gone(l, f->t->rows->x, 1 + c < l->n_levels ? 1 + c : l->n_levels - 1);
        add_row_label(a, f, i);
    }
}

/* From how many units on it stays that near. */
static void add_units(explanation *a, const formation *f)
{
    const formed_layer *last = &f->layers[f->n_layers - 1];
    size_t level = last->n_levels - 1, pixels = last->rest_net.n_out;
    if (!(distance(last->pictures, f->t->rows->x, pixels) > 0))
        return;
    while (level > 0 && share_gone(last, f->t->rows->x, level - 1) >= 0.5)
        level--;
    *explanation_add(a, "formation.units", 0, 0) = (float)formation_level(last, level);
}

/* ---- Running ---- */

static void formation_init(formation *f, const explain_task *t, const target_function *of)
{
    *f = (formation){.t = t,
                     .start = allocate(of->n, sizeof *f->start),
                     .way = allocate((N_WAY_STEPS + 1) * of->n, sizeof *f->way),
                     .value = allocate(N_WAY_STEPS + 1, sizeof *f->value)};
    fill_start(f->start, of);
    fill_way(f);
    target_values(of, f->way, N_WAY_STEPS + 1, f->value, NULL);
    layers_init(f);
}

static void formation_release(formation *f)
{
    for (size_t i = 0; i < f->n_layers; i++) {
        free(f->layers[i].before);
        free(f->layers[i].now);
        free(f->layers[i].strength);
        free(f->layers[i].order);
    }
    free(f->layers);
    free(f->value);
    free(f->way);
    free(f->start);
}

static void add_checks(explanation *a, const formation *f)
{
    explain_check checks[N_FORMATION_CHECKS];
    formation_check(checks, f, a);
    for (size_t i = 0; i < N_FORMATION_CHECKS; i++)
        explanation_add_check(a, &checks[i]);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    formation f;
    target_function of;
    (void)e;
    target_function_init(&of, t, a, INPUT_Z);
    formation_init(&f, t, &of);
    add_way_pictures(a, &f);
    add_target(a, &f);
    if (f.n_layers) {
        add_layer_pictures(a, &f);
        add_shares(a, &f);
        add_units(a, &f);
    }
    if (!t->q->skips_checks)
        add_checks(a, &f);
    formation_release(&f);
    return 0;
}

const explain_method formation_method = {
    .name = "formation",
    .summary = "the picture as it forms: as z grows to its value, and as each layer's strongest "
               "units come to theirs",
    .source = "units put to reference values as in Bau et al. 2019, arXiv:1811.10597",
    .lies = "The way is a made-up one: z was drawn whole, and on the way it is shorter than z "
            "that are drawn. The strongest units are found one by one, so that a next one may "
            "undo what the last one did.",
    .arrays = arrays,
    .checks = formation_checks,
    .reads = READS_BASELINE,
    .run = run,
};
