/* SPDX-License-Identifier: MIT */
/* Products with packed matrices: a part of kernels_body.h, compiled once per dispatch level.
 *
 * A tile is some rows of y by some panels. Its sums stay in registers while a row of each panel
 * after the other meets one element of each row of x. Every sum is one chain of multiply-adds in
 * the order of the inner dimension, whatever the tile, so it never shows which tile it was in. */

/* ROWS, each number from 1 on, by PANELS: as many sums as there are registers for beside a row of
 * the panels, and for few rows enough of them to hide how long a multiply-add takes. */
#if defined(__AVX512F__)
enum { WIDTH = 16 };
#define TILES(DO)                                                                                  \
    DO(1, 8)                                                                                       \
    DO(2, 4)                                                                                       \
    DO(3, 4) DO(4, 2) DO(5, 2) DO(6, 2) DO(7, 2) DO(8, 2) DO(9, 2) DO(10, 2) DO(11, 2) DO(12, 2)
#elif defined(__AVX2__)
enum { WIDTH = 8 };
#define TILES(DO) DO(1, 4) DO(2, 2) DO(3, 2) DO(4, 1) DO(5, 1) DO(6, 1)
#else
enum { WIDTH = 4 };
#define TILES(DO) DO(1, 2) DO(2, 1) DO(3, 1)
#endif
typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4)));

/* What is handled before its parts are met again, for the caches: 72 rows of x of that length are
 * 144 KiB, the panels that they meet 256 KiB. */
enum { ROWS_TOGETHER = 72, INNER_TOGETHER = 512, PANELS_TOGETHER = 8 };

/* Of any tile. */
enum { MOST_ROWS = 12, MOST_VECTORS = PANELS_TOGETHER * PANEL / WIDTH };

#define UNROLL _Pragma("GCC unroll 16")

/* x.cols steps of a tile, on top of what y holds or from 0. Columns of y: panels * PANEL. */
static inline __attribute__((always_inline)) void add_tile(size_t rows, size_t panels, matrix y,
                                                           matrix x, const float *restrict p,
                                                           size_t panel_size, bool is_first)
{
    const size_t per_panel = PANEL / WIDTH, vectors = panels * per_panel;
    vector s[MOST_ROWS][MOST_VECTORS], w[MOST_VECTORS];
    UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t j = 0; j < vectors; j++) s[r][j] =
        is_first ? (vector){0} : *(const vector *)(y.data + r * y.stride + j * WIDTH);
    for (size_t k = 0; k < x.cols; k++) {
        UNROLL for (size_t j = 0; j < vectors; j++) w[j] =
            *(const vector *)(p + j / per_panel * panel_size + k * PANEL + j % per_panel * WIDTH);
        UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t j = 0; j < vectors; j++)
            s[r][j] += w[j] * x.data[r * x.stride + k];
    }
    UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t j = 0; j < vectors; j++) *
        (vector *)(y.data + r * y.stride + j * WIDTH) = s[r][j];
}

/* ---- The epilogue ---- */

static void activate_rows(const packed_product *t, part rows, part columns)
{
    const epilogue *e = &t->epilogue;
    float unused[PANELS_TOGETHER * PANEL];
    const float *bias = e->bias ? e->bias + columns.first : NULL;
    for (size_t r = rows.first; r < rows.first + rows.n; r++)
        activate(t->y.data + r * t->y.stride + columns.first,
                 e->slope ? e->slope + r * t->y.cols + columns.first : unused, bias, columns.n,
                 e->f);
}

static void scale_rows_by_groups(const packed_product *t, part rows, part columns)
{
    size_t each = t->epilogue.rows_a_factor, i = rows.first / each, left = each - rows.first % each;
    for (size_t r = rows.first; r < rows.first + rows.n; r++) {
        scale_elementwise_block(t->y.data + r * t->y.stride + columns.first,
                                t->epilogue.factor + i * t->y.cols + columns.first, columns.n);
        i += --left == 0;
        left = left ? left : each;
    }
}

/* Of some rows and columns, while they are in the first cache. */
static void finish(const packed_product *t, part rows, part columns)
{
    const epilogue *e = &t->epilogue;
    if (e->factor)
        scale_rows_by_groups(t, rows, columns);
    else if (e->bias || e->slope || e->f.kind != LINEAR)
        activate_rows(t, rows, columns);
}

/* ---- Tiles ---- */

/* What a tile is made of: some rows, and steps of the inner dimension. */
typedef struct {
    const packed_product *t;
    part rows, inner;
    matrix x; /* these rows and steps of it */
} strip;

/* The panels from k on. The last panel may be wider than what is left of y. */
static inline __attribute__((always_inline)) void multiply_tile(size_t n_rows, size_t n_panels,
                                                                const strip *s, size_t k)
{
    float room[MOST_ROWS * PANEL];
    const packed_product *t = s->t;
    const size_t width = n_panels * PANEL;
    size_t c = k * PANEL, n = least(width, t->y.cols - c), panel_size = t->p->inner * PANEL;
    matrix y = {t->y.data + s->rows.first * t->y.stride + c, n_rows, n, t->y.stride}, out = y;
    if (n < width)
        out = (matrix){room, n_rows, PANEL, PANEL};
    for (size_t r = 0; n < width && s->inner.first && r < n_rows; r++)
        memcpy(out.data + r * out.stride, y.data + r * y.stride, n * sizeof *room);
    add_tile(n_rows, n_panels, out, s->x, t->p->panels + k * panel_size + s->inner.first * PANEL,
             panel_size, !s->inner.first);
    for (size_t r = 0; n < width && r < n_rows; r++)
        memcpy(y.data + r * y.stride, out.data + r * out.stride, n * sizeof *room);
}

/* Many panels together, as long as there are as many whole ones. */
static inline __attribute__((always_inline)) void multiply_panels(size_t n_rows, size_t many,
                                                                  const strip *s, part panels)
{
    size_t k = panels.first, end = panels.first + panels.n;
    for (; k + many <= end && (k + many) * PANEL <= s->t->y.cols; k += many)
        multiply_tile(n_rows, many, s, k);
    for (; k < end; k++)
        multiply_tile(n_rows, 1, s, k);
}

#define DEFINE_TILE(rows, panels)                                                                  \
    static void multiply_##rows(const strip *s, part some)                                         \
    {                                                                                              \
        multiply_panels(rows, panels, s, some);                                                    \
    }
TILES(DEFINE_TILE)

#define LIST_TILE(rows, panels) multiply_##rows,
static void (*const tiles[])(const strip *s, part panels) = {NULL, TILES(LIST_TILE)};
enum { TILE_HEIGHT = sizeof tiles / sizeof *tiles - 1 };
static_assert((int)TILE_HEIGHT <= (int)MOST_ROWS, "a tile has room for its rows");

/* ---- Blocks ---- */

/* What is left of all from first on, but not more than most. */
static part part_from(part all, size_t first, size_t most)
{
    return (part){first, least(most, all.first + all.n - first)};
}

/* Rows that lie a multiple of a page (of so many floats) apart want the same few lines of the first
 * cache: there, a copy that does not. */
enum { PAGE = 1024, ROOM_STRIDE = INNER_TOGETHER + PANEL };

static void multiply_strip(const packed_product *t, part rows, part panels, part inner)
{
    float room[MOST_ROWS * ROOM_STRIDE];
    matrix x = {t->x.data + rows.first * t->x.stride + inner.first, rows.n, inner.n, t->x.stride};
    if (x.stride % PAGE == 0 && panels.n > 1) {
        for (size_t r = 0; r < rows.n; r++)
            memcpy(room + r * ROOM_STRIDE, x.data + r * x.stride, inner.n * sizeof *room);
        x = (matrix){room, rows.n, inner.n, ROOM_STRIDE};
    }
    tiles[rows.n](&(strip){t, rows, inner, x}, panels);
    if (inner.first + inner.n == t->p->inner)
        finish(t, rows, part_from((part){0, t->y.cols}, panels.first * PANEL, panels.n * PANEL));
}

/* Rows in tiles of nearly equal height. */
static void multiply_group(const packed_product *t, part rows, part panels, part inner)
{
    size_t n_tiles = (rows.n + TILE_HEIGHT - 1) / TILE_HEIGHT;
    for (size_t i = 0; i < n_tiles; i++) {
        size_t first = rows.n * i / n_tiles, n = rows.n * (i + 1) / n_tiles - first;
        multiply_strip(t, (part){rows.first + first, n}, panels, inner);
    }
}

static void packed_multiply_block(const packed_product *t, part rows, part panels)
{
    const part inner = {0, t->p->inner};
    for (size_t r = rows.first; r < rows.first + rows.n; r += ROWS_TOGETHER)
        for (size_t k = 0; k < inner.n; k += INNER_TOGETHER)
            for (size_t g = panels.first; g < panels.first + panels.n; g += PANELS_TOGETHER)
                multiply_group(t, part_from(rows, r, ROWS_TOGETHER),
                               part_from(panels, g, PANELS_TOGETHER),
                               part_from(inner, k, INNER_TOGETHER));
}
