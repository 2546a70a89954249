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
    number_text limit;
    if (!is_leaf(v, node))
        text_add(&split, "z%.0f < %s", (double)cell(v, node, TREE_COMPONENT),
                 number_write(limit, (double)cell(v, node, TREE_THRESHOLD), false));
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

/* Where z goes on from a split. */
static size_t find_next(const explanation *a, const named_array *v, size_t node)
{
    float z = a->z[(size_t)cell(v, node, TREE_COMPONENT)];
    bool is_below = z < cell(v, node, TREE_THRESHOLD);
    return (size_t)cell(v, node, is_below ? TREE_BELOW : TREE_ABOVE);
}

/* The nodes that z comes by, its leaf the last. */
static json_t *find_way(const explanation *a, const named_array *v)
{
    json_t *way = json_array();
    size_t node = 0;
    while (!is_leaf(v, node)) {
        json_array_append_new(way, json_integer((json_int_t)node));
        node = find_next(a, v, node);
    }
    json_array_append_new(way, json_integer((json_int_t)node));
    return way;
}

static size_t leaf_of(const json_t *way)
{
    return (size_t)json_integer_value(json_array_get(way, json_array_size(way) - 1));
}

/* What holds on one side of a split, after what holds there already. */
static void add_condition(text *rule, const char *before, const named_array *v, size_t node,
                          bool is_below)
{
    number_text limit;
    text_add(
        rule, "%s%sz%.0f %s %s", before, *before ? ", " : "", (double)cell(v, node, TREE_COMPONENT),
        is_below ? "<" : ">=", number_write(limit, (double)cell(v, node, TREE_THRESHOLD), false));
}

/* The leaves behind a node, each with what holds there, in the order that they are drawn in. */
static void add_rules(json_t *rules, const named_array *v, size_t node, const char *before)
{
    if (is_leaf(v, node)) {
        json_t *o = json_object();
        set_word(o, "rule", *before ? before : "any z");
        set_count(o, "leaf", node);
        json_array_append_new(rules, o);
        return;
    }
    for (size_t side = 0; side < 2; side++) {
        text rule = {0};
        add_condition(&rule, before, v, node, side == 0);
        add_rules(rules, v, (size_t)cell(v, node, side ? TREE_ABOVE : TREE_BELOW), rule.data);
        text_release(&rule);
    }
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *nodes = json_array(), *rules = json_array(), *way = find_way(a, v);
    size_t n_leaves = 0;
    (void)n_top;
    for (size_t i = 0; i < v->shape[0]; i++) {
        n_leaves += is_leaf(v, i);
        json_array_append_new(nodes, node_numbers(v, i));
    }
    set_count(o, "n_leaves", n_leaves);
    set_count(o, "leaf", leaf_of(way));
    json_object_set_new(o, "way", way);
    json_object_set_new(o, "nodes", nodes);
    add_rules(rules, v, 0, "");
    json_object_set_new(o, "rules", rules);
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

static void mark_way(tree_node *nodes, const json_t *way)
{
    const json_t *node;
    size_t i;
    json_array_foreach(way, i, node) nodes[json_integer_value(node)].is_marked = true;
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
    mark_way(nodes, json_object_get(v->numbers, "way"));
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

/* "z62 is -1.33, below 0.607; z34 is ..." */
static void say_way(text *t, const array_view *v)
{
    const json_t *way = json_object_get(v->numbers, "way"), *node;
    number_text a, b;
    size_t i;
    json_array_foreach(way, i, node)
    {
        size_t at = (size_t)json_integer_value(node);
        if (is_leaf(v->v, at))
            return;
        float limit = cell(v->v, at, TREE_THRESHOLD);
        size_t component = (size_t)cell(v->v, at, TREE_COMPONENT);
        float z = v->of->a->z[component];
        text_add(t, "%s z%zu is %s, %s %s", i ? ";" : " The way of this z:", component,
                 number_write(a, (double)z, true), z < limit ? "below" : "not below",
                 number_write(b, (double)limit, false));
    }
}

static void say(text *t, const array_view *v)
{
    const json_t *nodes = json_object_get(v->numbers, "nodes"), *root = json_array_get(nodes, 0);
    size_t i_leaf = (size_t)number_at(v->numbers, "leaf");
    const json_t *leaf = json_array_get(nodes, i_leaf);
    number_text a, b, c;
    if (json_object_get(root, "component"))
        text_add(t, " It first asks whether z%.0f is below %s.", number_at(root, "component"),
                 write_at(a, root, "threshold", false));
    say_way(t, v);
    text_add(t, "%s Of its %.0f leaves this z comes to one of %s, where %s of all samples come.",
             i_leaf ? "." : "", number_at(v->numbers, "n_leaves"), write_at(b, leaf, "value", true),
             percent_at(c, leaf, "share"));
}

/* A row a leaf. */
static void fill_table(words_table *t, const array_view *v)
{
    const json_t *nodes = json_object_get(v->numbers, "nodes"), *rule;
    double now = number_at(v->numbers, "leaf");
    number_text a, b;
    size_t i;
    t->n_columns = 4;
    words_table_add(t, "where");
    words_table_add(t, "%s", noun_of(v->v->row));
    words_table_add(t, "of all");
    words_table_add(t, "%s", "");
    json_array_foreach(json_object_get(v->numbers, "rules"), i, rule)
    {
        const json_t *leaf = json_array_get(nodes, (size_t)number_at(rule, "leaf"));
        words_table_add(t, "%s", word_at(rule, "rule"));
        words_table_add(t, "%s", write_at(a, leaf, "value", true));
        words_table_add(t, "%s", percent_at(b, leaf, "share"));
        words_table_add(t, "%s", number_at(rule, "leaf") == now ? "this z" : "");
    }
}

const space_row tree_space = {
    .add_numbers = add_numbers, .draw = draw, .fill_table = fill_table, .say = say};
