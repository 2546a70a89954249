/* SPDX-License-Identifier: MIT */
/* A tree from left to right: a leaf has a line of its own, a split stands between its two sides. */
#include "shading.h"

#include <assert.h>
#include <stdlib.h>

enum {
    MAX_WORDS = 190, /* of a split or a leaf where there is room, longer ones are cut */
    BRANCH = 28,     /* room for the lines between two levels */
    LEAF_SIDE = 11,
    NODE_LINE = 20,
    MAX_DEPTH = 12, /* also ends a walk over nodes that are no tree */
};

static void keep(figure_panel *p, void *body)
{
    tree_panel *v = body;
    tree_node *nodes = allocate(v->n, sizeof *nodes);
    for (size_t i = 0; i < v->n; i++) {
        nodes[i] = v->nodes[i];
        nodes[i].split = panel_keep_text(p, v->nodes[i].split);
        nodes[i].note = panel_keep_text(p, v->nodes[i].note);
    }
    v->nodes = panel_own(p, nodes);
}

/* ---- Layout ---- */

/* Where the nodes stand, and how far words reach. */
typedef struct {
    const tree_panel *v;
    shading shades;
    int *depth, *y; /* n each; y from the top of the panel to the middle of the node's line */
    int level_width[MAX_DEPTH + 1];
    int n_lines, n_levels, max_words;
} tree_layout;

/* The words of a node; the caller releases them. */
static text words_of(const tree_node *node)
{
    text t = {0};
    number_text number;
    if (node->split)
        text_add(&t, "%s", node->split);
    else
        text_add(&t, "%s", number_write(number, (double)node->value, true));
    if (node->note)
        text_add(&t, " (%s)", node->note);
    return t;
}

static int words_width(const tree_layout *l, const tree_node *node)
{
    text t = words_of(node);
    int width = text_width(t.data, node->is_marked ? TEXT_BOLD : TEXT_PLAIN);
    text_release(&t);
    width = width < l->max_words ? width : l->max_words;
    return node->split ? width : width + LEAF_SIDE + 6;
}

/* Levels from node i down to its deepest leaf. */
static int count_levels(const tree_panel *v, size_t i, int depth)
{
    const tree_node *node = &v->nodes[i];
    if (!node->split)
        return 1;
    assert(depth < MAX_DEPTH && node->children[0] < v->n && node->children[1] < v->n);
    int one = count_levels(v, node->children[0], depth + 1);
    int other = count_levels(v, node->children[1], depth + 1);
    return 1 + (one > other ? one : other);
}

/* Leaves take the lines from top to bottom; a split is halfway between its children. */
static void place_node(tree_layout *l, size_t i, int depth)
{
    const tree_node *node = &l->v->nodes[i];
    int width = words_width(l, node);
    l->depth[i] = depth;
    if (width > l->level_width[depth])
        l->level_width[depth] = width;
    if (!node->split) {
        l->y[i] = l->n_lines++ * NODE_LINE + NODE_LINE / 2;
        return;
    }
    for (int k = 0; k < 2; k++)
        place_node(l, node->children[k], depth + 1);
    l->y[i] = (l->y[node->children[0]] + l->y[node->children[1]]) / 2;
}

/* The leaves' values alone decide the largest one; splits have none. */
static shading leaf_shading(const tree_panel *v)
{
    float *values = allocate(v->n, sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        if (!v->nodes[i].split)
            values[n++] = v->nodes[i].value;
    shading s = shading_make(v->colours, v->scale, 0, values, n);
    free(values);
    return s;
}

static tree_layout lay_out(const tree_panel *v)
{
    tree_layout l = {.v = v,
                     .shades = leaf_shading(v),
                     .depth = allocate(v->n, sizeof *l.depth),
                     .y = allocate(v->n, sizeof *l.y)};
    l.n_levels = count_levels(v, 0, 0);
    int room = MAX_CONTENT / l.n_levels - BRANCH - LEAF_SIDE - 6;
    l.max_words = room < MAX_WORDS ? room : MAX_WORDS;
    place_node(&l, 0, 0);
    return l;
}

static void tree_layout_release(tree_layout *l)
{
    free(l->depth);
    free(l->y);
}

static int level_left(const tree_layout *l, int depth)
{
    int left = 0;
    for (int k = 0; k < depth; k++)
        left += l->level_width[k] + BRANCH;
    return left;
}

static int width_of(const void *body)
{
    tree_layout l = lay_out(body);
    int width = level_left(&l, l.n_levels) - BRANCH;
    tree_layout_release(&l);
    width = width < MAX_CONTENT ? width : MAX_CONTENT;
    return width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
}

/* ---- Drawing ---- */

/* A line from the left, up or down, and on to the right. */
typedef struct {
    int left, turn, right, from, to;
} branch;

static void draw_branch(canvas *c, branch b, bool is_marked)
{
    int width = is_marked ? 3 : 1, up = b.to < b.from ? b.to : b.from, half = width / 2;
    colour ink = is_marked ? INK : MUTED;
    if (is_marked)
        canvas_fill(c, (box){b.left, b.from - half, b.turn - b.left, width}, ink);
    canvas_fill(c, (box){b.turn - half, up, width, abs(b.to - b.from) + 1}, ink);
    canvas_fill(c, (box){b.turn, b.to - half, b.right - b.turn, width}, ink);
}

/* From the end of a split's words to the start of its children's. */
static void draw_branches(canvas *c, const tree_layout *l, size_t i, int x, int y)
{
    const tree_node *node = &l->v->nodes[i];
    int from = x + level_left(l, l->depth[i]) + words_width(l, node) + 4;
    int to = x + level_left(l, l->depth[i] + 1) - 5, turn = to - BRANCH / 2;
    canvas_fill(c, (box){from, y + l->y[i], turn - from, 1}, MUTED);
    for (int k = 0; k < 2; k++)
        draw_branch(c, (branch){from, turn, to, y + l->y[i], y + l->y[node->children[k]]},
                    node->is_marked && l->v->nodes[node->children[k]].is_marked);
}

static void draw_node(canvas *c, const tree_layout *l, size_t i, int x, int y)
{
    const tree_node *node = &l->v->nodes[i];
    int left = x + level_left(l, l->depth[i]), top = y + l->y[i] - LEAF_SIDE / 2;
    text t = words_of(node);
    if (!node->split) {
        canvas_fill(c, (box){left, top, LEAF_SIDE, LEAF_SIDE},
                    shading_colour(&l->shades, node->value));
        canvas_frame(c, (box){left, top, LEAF_SIDE, LEAF_SIDE}, FRAME);
        left += LEAF_SIDE + 6;
    }
    canvas_short_text(c, left, top, l->max_words, t.data, node->is_marked ? TEXT_BOLD : TEXT_PLAIN,
                      ALIGN_LEFT, INK);
    text_release(&t);
    if (!node->split)
        return;
    draw_branches(c, l, i, x, y);
    for (int k = 0; k < 2; k++)
        draw_node(c, l, node->children[k], x, y);
}

static int draw_words(canvas *c, const tree_layout *l, int x, int y, int width)
{
    const tree_panel *v = l->v;
    double least = 0, greatest = 0;
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        if (!v->nodes[i].split) {
            double value = (double)v->nodes[i].value;
            least = n == 0 || value < least ? value : least;
            greatest = n == 0 || value > greatest ? value : greatest;
            n++;
        }
    number_text a, b;
    text words = {0};
    text_add(&words, "Leaves: %zu, depth %d; min %s, max %s.", n, l->n_levels - 1,
             number_write(a, least, true), number_write(b, greatest, true));
    text_add(&words, " The upper branch is taken where what the split says holds.%s",
             v->nodes[0].is_marked ? " Bold: the way of this z." : "");
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    tree_layout l = lay_out(body);
    int height = l.n_lines * NODE_LINE + 8;
    draw_node(c, &l, 0, x, y);
    height += draw_words(c, &l, x, y + height, width);
    tree_layout_release(&l);
    return height;
}

const panel_kind TREE_PANEL = {sizeof(tree_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_tree(figure *f, const tree_panel *p)
{
    assert(p->n >= 1);
    return figure_add(f, &TREE_PANEL, p, p->title, p->subtitle);
}
