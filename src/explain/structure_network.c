/* SPDX-License-Identifier: MIT */
/* The networks as a drawing: columns of units, of which the strongest are kept, and the lines along
 * which most flows. */
#include "structure_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a column's units, and of the lines between two. */
enum { MAX_DRAWN = 40, MAX_LINES = 24 };

/* ---- The columns ---- */

/* Units of a layer, or z, or the parts of the picture: those that are drawn, and their rows. */
typedef struct {
    const float *values; /* (n) */
    size_t n, n_drawn;
    size_t *row;      /* (n): of those that are drawn, else NO_INDEX; owned */
    bool *is_on_line; /* (n); owned */
    text label;
} drawn_column;

/* Of one link of a chain: its strongest connections, and their share of all magnitudes. */
typedef struct {
    const chain *c;
    size_t link, column;  /* column: the one that the link begins at */
    float *flow;          /* (n[link + 1], n[link]); owned, as is ... */
    size_t *strongest, n; /* ... (n) */
    double share;         /* 1 where nothing flows */
} drawn_link;

typedef struct {
    drawn_column columns[2 * MAX_LEVELS];
    size_t n, n_to_picture; /* columns; those before the picture's and its own */
    size_t n_rows, n_links;
    drawn_link links[2 * MAX_LEVELS];
    float parts[N_PARTS]; /* mean value of the pixels in each */
} drawing;

static void add_column(drawing *d, const float *values, size_t n)
{
    d->columns[d->n++] = (drawn_column){.values = values,
                                        .n = n,
                                        .row = allocate(n, sizeof(size_t)),
                                        .is_on_line = allocate(n, sizeof(bool))};
}

static void add_layers(drawing *d, const explainer *x, const tape *t, explain_net net, size_t n)
{
    static const char *const names[N_NETS] = {"G", "D", "judge", "G"};
    for (size_t i = 0; i < n; i++) {
        const layer *l = &x->net[net]->layers[i];
        add_column(d, t->output[i].data, l->n_out);
        text_add(&d->columns[d->n - 1].label, "%s %zu: %zu %s", names[net], l->dense_index,
                 l->n_out, activations[l->f.kind].name);
    }
}

static void add_picture(drawing *d, const structure *s)
{
    const picture_shape *shape = &s->t->x->shape;
    double sums[N_PARTS] = {0}, counts[N_PARTS] = {0};
    for (size_t p = 0; p < shape->n; p++) {
        sums[s->part[p]] += (double)s->t->rows->x[p];
        counts[s->part[p]]++;
    }
    for (size_t r = 0; r < N_PARTS; r++)
        d->parts[r] = counts[r] > 0 ? (float)(sums[r] / counts[r]) : 0;
    add_column(d, d->parts, N_PARTS);
    text_add(&d->columns[d->n - 1].label, "picture: %zu x %zu", shape->rows, shape->cols);
}

static void add_columns(drawing *d, const structure *s)
{
    const explainer *x = s->t->x;
    const tape *tapes = s->t->w->tape;
    explain_net net = s->made_by, seen = s->seen_by;
    add_column(d, s->t->rows->z, x->z_dim);
    text_add(&d->columns[0].label, "z: %zu numbers", x->z_dim);
    add_layers(d, x, &tapes[net], net, x->net[net]->n_layers - structure_has_picture(s));
    if (structure_has_picture(s))
        add_picture(d, s);
    d->n_to_picture = d->n;
    seen = seen == N_NETS && x->net[NET_CRITIC] ? NET_CRITIC : seen;
    if (structure_has_picture(s) && seen != N_NETS)
        add_layers(d, x, &tapes[seen], seen, x->net[seen]->n_layers);
}

/* ---- Lines ---- */

static double sum_of_magnitudes(const float *v, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += fabs((double)v[i]);
    return total;
}

static void drawn_link_init(drawn_link *l, const chain *c, size_t link, size_t column)
{
    size_t n = c->n[link] * c->n[link + 1];
    double drawn = 0;
    *l = (drawn_link){.c = c,
                      .link = link,
                      .column = column,
                      .flow = allocate(n, sizeof *l->flow),
                      .strongest = allocate(MAX_LINES, sizeof *l->strongest)};
    chain_flow(l->flow, c, link);
    l->n = find_strongest(l->strongest, MAX_LINES, l->flow, n);
    while (l->n > 0 && l->flow[l->strongest[l->n - 1]] == 0)
        l->n--;
    for (size_t i = 0; i < l->n; i++)
        drawn += fabs((double)l->flow[l->strongest[i]]);
    double all = sum_of_magnitudes(l->flow, n);
    l->share = all > 0 ? drawn / all : 1;
}

static void mark_ends(drawing *d, const drawn_link *l)
{
    for (size_t i = 0; i < l->n; i++) {
        d->columns[l->column].is_on_line[l->strongest[i] % l->c->n[l->link]] = true;
        d->columns[l->column + 1].is_on_line[l->strongest[i] / l->c->n[l->link]] = true;
    }
}

static void find_links(drawing *d, const structure *s)
{
    const chain *both[2] = {&s->from_z, &s->to_target};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->n_links; i++) {
            drawn_link *l = &d->links[d->n_links++];
            drawn_link_init(l, both[k], i, (k ? d->n_to_picture - 1 : 0) + i);
            mark_ends(d, l);
        }
    for (size_t r = 0; structure_has_picture(s) && r < N_PARTS; r++)
        d->columns[d->n_to_picture - 1].is_on_line[r] = true;
}

/* ---- Units ---- */

/* Those with lines, and the strongest of the others while there is room; by index. */
static void choose_drawn(drawn_column *c, size_t *n_rows)
{
    size_t *order = allocate(c->n, sizeof *order), room = MAX_DRAWN;
    find_strongest(order, c->n < MAX_DRAWN ? c->n : MAX_DRAWN, c->values, c->n);
    for (size_t i = 0; i < c->n; i++)
        room -= c->is_on_line[i] && room > 0;
    for (size_t i = 0; i < c->n; i++)
        c->row[i] = c->is_on_line[i] ? 0 : NO_INDEX;
    for (size_t k = 0; k < c->n && k < MAX_DRAWN && room > 0; k++)
        if (c->row[order[k]] == NO_INDEX) {
            c->row[order[k]] = 0;
            room--;
        }
    for (size_t i = 0; i < c->n; i++)
        if (c->row[i] != NO_INDEX) {
            c->row[i] = (*n_rows)++;
            c->n_drawn++;
        }
    free(order);
}

/* ---- What is left ---- */

static void fill_units(float *out, const drawing *d)
{
    for (size_t c = 0; c < d->n; c++)
        for (size_t i = 0; i < d->columns[c].n; i++) {
            const drawn_column *column = &d->columns[c];
            float *row = out + column->row[i] * NETWORK_COLUMNS;
            if (column->row[i] == NO_INDEX)
                continue;
            row[NETWORK_FROM] = (float)c;
            row[NETWORK_TO] = -1;
            row[NETWORK_INDEX] = (float)i;
            row[NETWORK_VALUE] = column->values[i];
        }
}

static void fill_lines(float *out, const drawing *d)
{
    for (size_t k = 0; k < d->n_links; k++)
        for (size_t i = 0; i < d->links[k].n; i++, out += NETWORK_COLUMNS) {
            const drawn_link *l = &d->links[k];
            size_t at = l->strongest[i], n = l->c->n[l->link];
            out[NETWORK_FROM] = (float)d->columns[l->column].row[at % n];
            out[NETWORK_TO] = (float)d->columns[l->column + 1].row[at / n];
            out[NETWORK_VALUE] = l->flow[at];
        }
}

static void drawing_release(drawing *d)
{
    for (size_t c = 0; c < d->n; c++) {
        text_release(&d->columns[c].label);
        free(d->columns[c].row);
        free(d->columns[c].is_on_line);
    }
    for (size_t k = 0; k < d->n_links; k++) {
        free(d->links[k].flow);
        free(d->links[k].strongest);
    }
    free(d);
}

double structure_add_network(explanation *a, const structure *s)
{
    drawing *d = allocate(1, sizeof *d);
    size_t n_lines = 0;
    double share = 1;
    add_columns(d, s);
    find_links(d, s);
    for (size_t c = 0; c < d->n; c++)
        choose_drawn(&d->columns[c], &d->n_rows);
    for (size_t k = 0; k < d->n_links; k++) {
        n_lines += d->links[k].n;
        share = d->links[k].share < share ? d->links[k].share : share;
    }
    float *out = explanation_add(a, "structure.network", d->n_rows + n_lines, 0);
    fill_units(out, d);
    fill_lines(out + d->n_rows * NETWORK_COLUMNS, d);
    for (size_t c = 0; c < d->n; c++)
        explanation_add_label(a, d->columns[c].label.data);
    drawing_release(d);
    return share;
}
