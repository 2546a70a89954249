/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const array_row explain_base_arrays[] = {{.name = "z",
                                          .space = SPACE_Z,
                                          .sign = SIGN_PLAIN,
                                          .role = ROLE_RAW,
                                          .title = "Noise vector",
                                          .meaning = "what the picture is made of"},
                                         {.name = "x",
                                          .space = SPACE_X,
                                          .sign = SIGN_PLAIN,
                                          .role = ROLE_RAW,
                                          .title = "Picture G(z)",
                                          .meaning = "the picture, in the network's own range"},
                                         {.name = "target",
                                          .space = SPACE_SCALAR,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_RAW,
                                          .title = "Target",
                                          .meaning = "the number that is explained"},
                                         {.name = "logit",
                                          .space = SPACE_SCALAR,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_RAW,
                                          .title = "D's logit",
                                          .meaning = "above 0 where D takes the picture for real"},
                                         {0}};

/* ---- Arrays ---- */

void explanation_release(explanation *a)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        named_array *v = &a->arrays[i];
        for (size_t k = 0; k < v->n_labels; k++)
            free(v->labels[k]);
        free(v->labels);
        free(v->items);
        free(v->data);
    }
    free(a->arrays);
    for (size_t i = 0; i < a->n_remarks; i++)
        free(a->remarks[i].words);
    free(a->remarks);
    free(a->checks);
    free(a->reference);
    strokes_release(&a->strokes);
    *a = (explanation){0};
}

static const array_row *declared_row(const explanation *a, const char *name)
{
    const array_row *row = a->method ? a->method->arrays : explain_base_arrays;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    assert(row->name && "an array that its method declares");
    return row;
}

/* Rank and axes as the space has them; rows and cols are those that it leaves open. */
static void set_shape(named_array *v, const explanation *a, size_t rows, size_t cols)
{
    const size_t length[] = {[AXIS_Z] = a->z_dim,
                             [AXIS_PIXELS] = a->shape.n,
                             [AXIS_SWEEP_POINT] = SWEEP_PICTURE + a->shape.n,
                             [AXIS_TREE_NODE] = TREE_COLUMNS,
                             [AXIS_NETWORK] = NETWORK_COLUMNS};
    const array_axis *axis = array_spaces[v->row->space].axes;
    size_t open[2] = {rows, cols}, n_open = 0;
    v->n = 1;
    for (; v->rank < MAX_AXES && axis[v->rank] != AXIS_NONE; v->rank++) {
        bool is_open = axis[v->rank] == AXIS_OPEN;
        v->shape[v->rank] = is_open ? open[n_open++] : length[axis[v->rank]];
        v->n *= v->shape[v->rank];
    }
    assert(v->n > 0);
    for (; n_open < 2; n_open++)
        assert(open[n_open] == 0);
}

float *explanation_add(explanation *a, const char *name, size_t rows, size_t cols)
{
    return explanation_add_row(a, declared_row(a, name), rows, cols);
}

float *explanation_add_row(explanation *a, const array_row *row, size_t rows, size_t cols)
{
    named_array v = {.row = row, .method = a->method};
    assert(!explanation_find(a, row->name));
    set_shape(&v, a, rows, cols);
    v.data = allocate(v.n, sizeof *v.data);
    a->arrays = reallocate(a->arrays, a->n_arrays + 1, sizeof *a->arrays);
    a->arrays[a->n_arrays++] = v;
    return v.data;
}

void explanation_add_label(explanation *a, const char *label)
{
    named_array *v = &a->arrays[a->n_arrays - 1];
    v->labels = reallocate(v->labels, v->n_labels + 1, sizeof *v->labels);
    v->labels[v->n_labels++] = copy_text(label);
}

void explanation_set_items(explanation *a, const size_t *items)
{
    named_array *v = &a->arrays[a->n_arrays - 1];
    assert(v->row->items_of && !v->items);
    v->items = allocate(v->shape[0], sizeof *v->items);
    memcpy(v->items, items, v->shape[0] * sizeof *v->items);
}

const named_array *explanation_find(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (strcmp(a->arrays[i].row->name, name) == 0)
            return &a->arrays[i];
    return NULL;
}

void explanation_add_check(explanation *a, const explain_check *c)
{
    a->checks = reallocate(a->checks, a->n_checks + 1, sizeof *a->checks);
    a->checks[a->n_checks] = *c;
    a->checks[a->n_checks++].method = a->method;
}

void explanation_add_remark(explanation *a, const explain_method *about, const char *words)
{
    a->remarks = reallocate(a->remarks, a->n_remarks + 1, sizeof *a->remarks);
    a->remarks[a->n_remarks++] =
        (explanation_remark){a->method, about ? about : a->method, copy_text(words)};
}

/* Whether a number that must be there is not. */
static bool is_broken(const named_array *v)
{
    if (!v->row->has_gaps)
        return find_not_finite(v->data, v->n) < v->n;
    for (size_t i = 0; i < v->n; i++)
        if (isinf(v->data[i]))
            return true;
    return false;
}

int explanation_judge(const explanation *a, error *e)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (is_broken(&a->arrays[i]))
            return fail(e, STATUS_DIVERGED, "'%s' is not finite", a->arrays[i].row->name);
    for (size_t i = 0; i < a->n_checks; i++)
        if (explain_check_judge(&a->checks[i], e))
            return -1;
    return 0;
}

/* ---- Methods run ---- */

/* The arrays that every explanation has, where r's values go. */
static void add_base(explanation *a, const explainer *x, const float *z, explained_rows *r)
{
    *a = (explanation){.z_dim = x->z_dim, .shape = x->shape};
    *r = (explained_rows){.n = 1};
    r->z = a->z = memcpy(explanation_add(a, "z", 0, 0), z, x->z_dim * sizeof *z);
    a->x = r->x = explanation_add(a, "x", 0, 0);
    a->target = r->value = explanation_add(a, "target", 0, 0);
    if (x->net[NET_CRITIC])
        a->logit = r->logit = explanation_add(a, "logit", 0, 0);
    for (size_t k = 0; k < explain_n_parts(x); k++)
        r->parts[k] = explanation_add_row(a, x->target.row->terms[k].value, 0, 0);
}

/* Room for the gradients, which no explanation has unless a method leaves them. The caller frees
 * it. */
static float *place_gradients(explained_rows *r, const explainer *x)
{
    float *room = allocate((1 + MAX_TERMS) * x->z_dim + x->shape.n, sizeof *room);
    r->gradient_z = room;
    for (size_t k = 0; k < explain_n_parts(x); k++)
        r->part_gradient_z[k] = room + (1 + k) * x->z_dim;
    if (explain_gradient_x_name(x))
        r->gradient_x = room + (1 + MAX_TERMS) * x->z_dim;
    return room;
}

/* A method may look for those of other pictures. */
static void keep_reference(explanation *a, const explain_workspace *w)
{
    if (!w->reference || a->reference)
        return;
    a->reference = allocate(a->shape.n, sizeof *a->reference);
    memcpy(a->reference, w->reference, a->shape.n * sizeof *a->reference);
    a->reference_index = w->reference_index[0];
}

/* What is known at z, and whether w is still there. */
typedef struct {
    explained_rows all;
    bool has_values;
    unsigned gradients; /* bits of those that are known */
    size_t n_passes;    /* of w, when it was last at z */
} known_rows;

static explained_rows rows_wanted(const explained_rows *all, unsigned wants)
{
    explained_rows r = *all;
    if (!(wants & WANTS_GRADIENT_Z))
        r.gradient_z = NULL;
    if (!(wants & WANTS_GRADIENT_X))
        r.gradient_x = NULL;
    for (size_t k = 0; k < MAX_TERMS; k++)
        if (!(wants & WANTS_PART_GRADIENTS))
            r.part_gradient_z[k] = NULL;
    return r;
}

/* A method pays for the gradients it wants, where no other had them; and one that wants any for the
 * way back to z, where another was elsewhere with w. */
static explained_rows find_rows(known_rows *k, const explainer *x, explain_workspace *w,
                                unsigned wants)
{
    explained_rows r = rows_wanted(&k->all, wants);
    bool is_elsewhere = w->n_passes != k->n_passes;
    if (k->has_values && !(wants & ~k->gradients) && !(wants && is_elsewhere))
        return r;
    explain_rows(x, w, &r);
    k->has_values = true;
    k->gradients |= wants;
    k->n_passes = w->n_passes;
    return r;
}

static void find_full(explanation *a, const explainer *x, const explain_request *q)
{
    picture_area area;
    if (!explain_target_area(x, &area))
        return;
    a->empty = explain_area_value(x, (double)q->black);
    a->full = explain_area_value(x, (double)q->white);
}

void explain_tell(const explain_request *q, const explain_method *m, const char *step, size_t i,
                  size_t n)
{
    if (q->listener && q->listener->hear)
        q->listener->hear(q->listener->context, m, step, i, n);
}

bool explain_is_stopped(const explain_request *q)
{
    return q->listener && q->listener->should_stop && q->listener->should_stop();
}

int explain(explanation *a, const explainer *x, explain_workspace *w, const float *z,
            const explain_request *q, const explain_plan *p, error *e)
{
    known_rows known = {0};
    int status = 0;
    assert(p->n_prepared == p->n);
    add_base(a, x, z, &known.all);
    float *gradients = place_gradients(&known.all, x);
    for (size_t i = 0; !status && i < p->n; i++) {
        explained_rows rows = find_rows(&known, x, w, p->methods[i]->wants);
        explain_task t = {.x = x,
                          .w = w,
                          .q = q,
                          .rows = &rows,
                          .settings = p->settings[i],
                          .state = p->states[i]};
        keep_reference(a, w);
        a->method = p->methods[i];
        explain_tell(q, a->method, NULL, i, p->n);
        status = p->methods[i]->run(&t, a, e);
        if (!status && explain_is_stopped(q))
            status = fail(e, STATUS_STOPPED, "stopped in method %s", a->method->name);
    }
    free(gradients);
    strokes_find(&a->strokes, a->x, a->shape, q->black, q->white);
    find_full(a, x, q);
    if (status)
        explanation_release(a);
    return status;
}

/* ---- Findings ---- */

size_t find_strongest(size_t *which, size_t k, const float *v, size_t n)
{
    size_t found = 0;
    k = k < n ? k : n;
    for (size_t i = 0; i < n; i++) {
        size_t at = found;
        while (at > 0 && fabsf(v[i]) > fabsf(v[which[at - 1]]))
            at--;
        if (at == k)
            continue;
        found += found < k;
        for (size_t j = found - 1; j > at; j--)
            which[j] = which[j - 1];
        which[at] = i;
    }
    return found;
}

/* A magnitude's bits without the sign: they have the magnitudes' order. */
static uint32_t magnitude_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & INT32_MAX;
}

/* The bits of the k-th largest magnitude (1 <= k <= n), by bisection. */
static uint32_t find_kth_largest(const float *v, size_t n, size_t k)
{
    uint32_t kth = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit; bit >>= 1) {
        size_t n_from = 0;
        for (size_t i = 0; i < n; i++)
            n_from += magnitude_bits(v[i]) >= (kth | bit);
        kth |= n_from >= k ? bit : 0;
    }
    return kth;
}

double find_share_of_tenth(const float *v, size_t n)
{
    size_t n_strongest = (n + 9) / 10, n_above = 0;
    uint32_t least = n ? find_kth_largest(v, n, n_strongest) : 0;
    float limit;
    memcpy(&limit, &least, sizeof limit);
    double all = dot(v, v, n), strongest = 0;
    for (size_t i = 0; i < n; i++)
        if (magnitude_bits(v[i]) > least) {
            strongest += (double)v[i] * (double)v[i];
            n_above++;
        }
    strongest += (double)(n_strongest - n_above) * (double)limit * (double)limit;
    return all > 0 ? strongest / all : 0;
}
