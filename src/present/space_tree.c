/* SPDX-License-Identifier: MIT */
/* A decision tree over the components of z. */
#include "present_detail.h"
#include <stdlib.h>

static float cell(const named_array *v, size_t node, size_t column)
{
    return v->data[node * TREE_COLUMNS + column];
}

static bool is_leaf(const named_array *v, size_t node) { return cell(v, node, TREE_COMPONENT) < 0; }

/* What a node asks, or NULL for a leaf; the caller frees it. */
static char *name_split(const named_array *v, size_t node)
{
    text split = {0};
    number_text threshold;
    if (!is_leaf(v, node))
        text_add(&split, "z%.0f < %s", (double)cell(v, node, TREE_COMPONENT),
                 number_write(threshold, (double)cell(v, node, TREE_THRESHOLD), false));
    return split.data;
}

/* ---- Numbers ---- */

static json_t *node_numbers(const named_array *v, size_t node)
{
    json_t *o = json_object();
    if (!is_leaf(v, node)) {
        set_count(o, "component", (size_t)cell(v, node, TREE_COMPONENT));
        set_number(o, "threshold", (double)cell(v, node, TREE_THRESHOLD));
        set_count(o, "below", (size_t)cell(v, node, TREE_BELOW));
        set_count(o, "above", (size_t)cell(v, node, TREE_ABOVE));
    }
    set_number(o, "value", (double)cell(v, node, TREE_VALUE));
    set_number(o, "share", (double)cell(v, node, TREE_SHARE));
    return o;
}

/* Where z itself ends. */
static size_t find_leaf(const explanation *a, const named_array *v)
{
    size_t node = 0;
    while (!is_leaf(v, node)) {
        float z = a->z[(size_t)cell(v, node, TREE_COMPONENT)];
        bool is_below = z < cell(v, node, TREE_THRESHOLD);
        node = (size_t)cell(v, node, is_below ? TREE_BELOW : TREE_ABOVE);
    }
    return node;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *nodes = json_array();
    size_t n_leaves = 0;
    (void)n_top;
    for (size_t i = 0; i < v->shape[0]; i++) {
        n_leaves += is_leaf(v, i);
        json_array_append_new(nodes, node_numbers(v, i));
    }
    set_count(o, "n_leaves", n_leaves);
    set_count(o, "leaf", find_leaf(a, v));
    json_object_set_new(o, "nodes", nodes);
}

/* ---- Figure ---- */

static tree_node draw_node(const named_array *v, size_t node, char *split, char *note)
{
    tree_node n = {.split = split, .value = cell(v, node, TREE_VALUE), .note = note};
    if (!split)
        return n;
    n.children[0] = (size_t)cell(v, node, TREE_BELOW);
    n.children[1] = (size_t)cell(v, node, TREE_ABOVE);
    return n;
}

/* "12 %" of the samples; the caller frees it. */
static char *note_share(const named_array *v, size_t node)
{
    text note = {0};
    number_text share;
    text_add(&note, "%s %%", number_write(share, 100 * (double)cell(v, node, TREE_SHARE), false));
    return note.data;
}

static size_t draw(figure *f, const array_view *v)
{
    size_t n = v->v->shape[0];
    tree_node *nodes = allocate(n, sizeof *nodes);
    char **texts = allocate(2 * n, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        texts[2 * i] = name_split(v->v, i);
        texts[2 * i + 1] = note_share(v->v, i);
        nodes[i] = draw_node(v->v, i, texts[2 * i], texts[2 * i + 1]);
    }
    tree_panel p = {.title = v->v->row->title,
                    .subtitle = v->v->row->unit,
                    .nodes = nodes,
                    .n = n,
                    .colours = v->of->style->diverging};
    size_t panel = figure_add_tree(f, &p);
    for (size_t i = 0; i < 2 * n; i++)
        free(texts[i]);
    free(texts);
    free(nodes);
    return panel;
}

/* ---- Words ---- */

static void say(text *t, const array_view *v)
{
    const json_t *nodes = json_object_get(v->numbers, "nodes"), *root = json_array_get(nodes, 0);
    size_t i_leaf = (size_t)number_at(v->numbers, "leaf");
    const json_t *leaf = json_array_get(nodes, i_leaf);
    number_text a, b, c;
    if (json_object_get(root, "component"))
        text_add(t, " It first asks whether z%.0f is below %s.", number_at(root, "component"),
                 write_at(a, root, "threshold", false));
    text_add(t, " Of its %.0f leaves this z comes to one of %s, where %s of all samples come.",
             number_at(v->numbers, "n_leaves"), write_at(b, leaf, "value", true),
             percent_at(c, leaf, "share"));
}

const space_row tree_space = {.add_numbers = add_numbers, .draw = draw, .say = say};
