/* SPDX-License-Identifier: MIT */
#include "random_runs.h"
#include <stdlib.h>

/* ---- Variants ---- */

static unsigned inputs_within(const random_runs *r, size_t end)
{
    unsigned inputs = 0;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (r->own[i].n && end <= r->n_layers[i])
            inputs |= 1u << i;
    return inputs;
}

static void add_variant(random_runs *r, layer_choice which, unsigned inputs)
{
    if (inputs)
        r->variants[r->n_variants++] = (random_variant){which, inputs};
}

/* The first layer alone is also the first that is drawn with those below. */
static void choose_variants(random_runs *r)
{
    size_t n = r->chain.n;
    r->variants = allocate(2 * n + N_INPUTS * N_DRAWS, sizeof *r->variants);
    for (size_t k = 1; k <= n; k++)
        add_variant(r, (layer_choice){0, k, 0}, inputs_within(r, k));
    for (size_t k = 1; k < n; k++)
        add_variant(r, (layer_choice){k, 1, 0}, inputs_within(r, k + 1));
    for (uint32_t draw = 1; draw < N_DRAWS; draw++)
        for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
            if (r->own[i].n && r->n_layers[i])
                add_variant(r, (layer_choice){0, r->n_layers[i], draw}, 1u << i);
}

static likeness *found_at(const random_runs *r, size_t variant, explain_input input, size_t row)
{
    return &r->found[(variant * N_INPUTS + input) * r->n_rows + row];
}

const likeness *random_runs_find(const random_runs *r, layer_choice which, explain_input input,
                                 size_t row)
{
    for (size_t i = 0; i < r->n_variants; i++) {
        const layer_choice *own = &r->variants[i].which;
        if (own->first == which.first && own->n == which.n && own->draw == which.draw &&
            (r->variants[i].inputs & 1u << input))
            return found_at(r, i, input, row);
    }
    return NULL;
}

const likeness *random_runs_full(const random_runs *r, uint32_t draw, explain_input input,
                                 size_t row)
{
    return random_runs_find(r, (layer_choice){0, r->n_layers[input], draw}, input, row);
}

const likeness *random_runs_control(const random_runs *r, explain_input input, size_t row)
{
    return r->of_control ? &r->of_control[input * r->n_rows + row] : NULL;
}

/* ---- Explaining ---- */

/* Those asked for in which there is a layer to be drawn anew. */
static unsigned inputs_asked(const random_runs *r)
{
    unsigned inputs = 0;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (r->n_layers[i] && (!r->t->q->inputs || (r->t->q->inputs & 1u << i)))
            inputs |= 1u << i;
    return inputs;
}

/* A method may leave what it has of an input that is not asked for. */
static void drop_unasked(attribution_list lists[N_INPUTS], unsigned inputs)
{
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (!(inputs & 1u << i))
            attributions_release(&lists[i]);
}

/* What methods attribute in model x; inputs as of a request. */
static int explain_again(attribution_list lists[N_INPUTS], const random_runs *r, const explainer *x,
                         explain_workspace *w, unsigned inputs, error *e)
{
    reruns again;
    explain_request q = *r->t->q;
    /* settings of z are refused where z is left out */
    q.inputs = inputs == 1u << INPUT_X ? q.inputs : inputs;
    int status = reruns_init(&again, r->settings->plan, x, &q, e);
    if (!status)
        status = reruns_make(lists, &again, x, w, r->a->z, e);
    reruns_release(&again);
    drop_unasked(lists, inputs);
    return status;
}

/* found: a row's each. A control looks at no network: it is what it was. */
static void compare(likeness *found, const random_runs *r, explain_input input,
                    const attribution_list *others)
{
    const picture_shape *shape = input == INPUT_X ? &r->a->shape : NULL;
    for (size_t k = 0; k < r->own[input].n; k++) {
        const attribution *one = &r->own[input].all[k];
        const attribution *other = one->method ? attributions_named(others, one->name) : one;
        found[k] = likeness_of(one, other, shape);
    }
}

/* found: (N_INPUTS, n_rows). */
static int explain_other(likeness *found, const random_runs *r, other_model *m, unsigned inputs,
                         error *e)
{
    attribution_list lists[N_INPUTS] = {{0}};
    int status = explain_again(lists, r, &m->x, &m->w, inputs, e);
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        if (!status)
            compare(found + input * r->n_rows, r, input, &lists[input]);
        attributions_release(&lists[input]);
    }
    return status;
}

static int make_variant(random_runs *r, size_t i, error *e)
{
    const random_variant *v = &r->variants[i];
    other_model m;
    int status =
        random_model_init(&m, r->t->x, &r->chain, &v->which, r->t->q->probe, r->a->reference, e);
    if (!status)
        status = explain_other(found_at(r, i, INPUT_Z, 0), r, &m, v->inputs, e);
    other_model_release(&m);
    return status;
}

static int make_control(random_runs *r, error *e)
{
    other_model m;
    if (!r->settings->control || !explain_target_reads(&r->t->x->target, NET_CLASSIFIER))
        return 0;
    r->of_control = allocate(N_INPUTS * r->n_rows, sizeof *r->of_control);
    int status = control_model_init(&m, r->t->x, r->settings->control, r->a->reference, e);
    if (!status)
        status = explain_other(r->of_control, r, &m, inputs_asked(r), e);
    other_model_release(&m);
    return status;
}

/* Variants that are made at once. */
typedef struct {
    random_runs *r;
    size_t first;
    error *errors; /* (at once) */
    int *statuses;
} variant_batch;

/* A body of parallel_for. */
static void make_one(size_t i, size_t thread, void *context)
{
    variant_batch *b = context;
    (void)thread;
    b->statuses[i] = make_variant(b->r, b->first + i, &b->errors[i]);
}

static int make_batch(variant_batch *b, size_t n, error *e)
{
    const explain_task *t = b->r->t;
    explain_tell(t->q, b->r->a->method, "with layers drawn anew", b->first, b->r->n_variants);
    parallel_for(n, make_one, b);
    for (size_t i = 0; i < n; i++)
        if (b->statuses[i]) {
            *e = b->errors[i];
            return -1;
        }
    return 0;
}

/* Each that is made holds a model: no more at a time than there are threads. */
static int make_variants(random_runs *r, error *e)
{
    size_t width = parallel_width(r->n_variants);
    variant_batch b = {r, 0, allocate(width, sizeof *b.errors),
                       allocate(width, sizeof *b.statuses)};
    int status = 0;
    for (; !status && b.first < r->n_variants; b.first += width) {
        size_t left = r->n_variants - b.first;
        status = make_batch(&b, left < width ? left : width, e);
    }
    free(b.errors);
    free(b.statuses);
    return status;
}

/* ---- The model as it is ---- */

static void add_controls(random_runs *r, explain_input input)
{
    target_function f;
    attribution_list *own = &r->own[input];
    if (own->n && target_function_init(&f, r->t, r->a, input))
        attributions_add_controls(own, &f);
    r->n_rows = own->n > r->n_rows ? own->n : r->n_rows;
}

int random_runs_make(random_runs *r, const explain_task *t, const explanation *a,
                     const trust_settings *s, error *e)
{
    *r = (random_runs){.t = t, .a = a, .settings = s};
    layer_chain_init(&r->chain, t->x);
    r->n_layers[INPUT_Z] = r->chain.n;
    r->n_layers[INPUT_X] = r->chain.n_seeing;
    unsigned inputs = inputs_asked(r);
    if (inputs && explain_again(r->own, r, t->x, t->w, inputs, e))
        return -1;
    add_controls(r, INPUT_Z);
    add_controls(r, INPUT_X);
    choose_variants(r);
    r->found = allocate(r->n_variants * N_INPUTS * r->n_rows, sizeof *r->found);
    return make_variants(r, e) || make_control(r, e) ? -1 : 0;
}

void random_runs_release(random_runs *r)
{
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        attributions_release(&r->own[i]);
    layer_chain_release(&r->chain);
    free(r->variants);
    free(r->found);
    free(r->of_control);
    *r = (random_runs){0};
}
