/* SPDX-License-Identifier: MIT */
/* What the strongest components of z do: the first of them in sentences, all in a table. */
#include "present_detail.h"
#include <string.h>

const json_t *strongest_component(const json_t *numbers, size_t k)
{
    const json_t *o = json_array_get(json_object_get(numbers, "strongest"), k);
    return o && number_at(o, "value") != 0 ? o : NULL;
}

/* ---- What belongs to a component ---- */

/* Whether the array has items for components of v and is presented. */
static bool is_list_of(const named_array *list, const named_array *v)
{
    return list->items && is_presented(list) && list->row->items_of &&
           strcmp(list->row->items_of, v->row->name) == 0;
}

/* The first list of that space that belongs to v, or NULL. */
static const named_array *find_list(const array_view *v, array_space space)
{
    for (size_t i = 0; i < v->of->a->n_arrays; i++) {
        const named_array *list = &v->of->a->arrays[i];
        if (list->row->space == space && is_list_of(list, v->v))
            return list;
    }
    return NULL;
}

/* Its item of that component, or NULL. */
static const json_t *find_item(const explanation_view *of, const named_array *list,
                               const json_t *component)
{
    size_t i;
    const json_t *o, *all = list ? view_array(of, list).numbers : NULL;
    json_array_foreach(json_object_get(all, "items"), i,
                       o) if (number_at(o, "component") ==
                              number_at(component, "component")) return o;
    return NULL;
}

/* What a component visibly does: as its sweep shows it, else as the first list of maps does. The
 * caller releases it. */
static text effect_of(const array_view *v, const json_t *component)
{
    static const array_space lists[] = {SPACE_SWEEP, SPACE_X_LIST};
    text t = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists && !t.length; i++) {
        const named_array *list = find_list(v, lists[i]);
        const json_t *item = find_item(v->of, list, component);
        if (item && spaces[lists[i]]->say_item)
            spaces[lists[i]]->say_item(&t, list->row, item);
    }
    return t;
}

static const json_t *sweep_of(const array_view *v, const json_t *component)
{
    return find_item(v->of, find_list(v, SPACE_SWEEP), component);
}

void say_sweeps(text *t, const array_view *v)
{
    const named_array *list = find_list(v, SPACE_SWEEP);
    size_t n = 0;
    while (n < N_NAMED && strongest_component(v->numbers, n))
        n++;
    if (list) {
        const json_t *items = json_object_get(view_array(v->of, list).numbers, "items");
        say_sweep_changes(t, items, n);
        say_widest_sweep(t, items);
    }
}

/* ---- All of them ---- */

/* Whether something is known of what the components do to the picture. */
static bool has_effect(const array_view *v)
{
    text effect = effect_of(v, strongest_component(v->numbers, 0));
    bool is_known = effect.length;
    text_release(&effect);
    return is_known;
}

static void add_names(words_table *t, const array_view *v, bool has_error, const json_t *swept)
{
    number_text a;
    words_table_add(t, "component");
    words_table_add(t, "z");
    words_table_add(t, "%s", noun_of(v->v->row));
    if (has_error)
        words_table_add(t, "+-");
    words_table_add(t, "share");
    if (swept) {
        words_table_add(t, "at %s", write_at(a, swept, "from", true));
        words_table_add(t, "at %s", write_at(a, swept, "to", true));
    }
    if (t->has_words)
        words_table_add(t, "what raising it does to the picture");
}

static void add_component(words_table *t, const array_view *v, const json_t *o)
{
    number_text a;
    const json_t *swept = sweep_of(v, o);
    text effect = effect_of(v, o);
    words_table_add(t, "z%.0f", number_at(o, "component"));
    words_table_add(t, "%s", write_at(a, o, "z", true));
    words_table_add(t, "%s", write_at(a, o, "value", v->v->row->sign == SIGN_SIGNED));
    if (json_object_get(o, "error"))
        words_table_add(t, "%s", write_at(a, o, "error", false));
    words_table_add(t, "%s", percent_at(a, o, "share"));
    if (swept) {
        words_table_add(t, "%s", write_sweep_target(a, swept, "from"));
        words_table_add(t, "%s", write_sweep_target(a, swept, "to"));
    }
    if (t->has_words)
        words_table_add(t, "%s", effect.length ? effect.data : "");
    text_release(&effect);
}

void add_components(text *out, const array_view *v, const words_layout *layout)
{
    const json_t *first = strongest_component(v->numbers, 0), *o;
    if (!first)
        return;
    bool has_error = json_object_get(first, "error"), has_sweep = sweep_of(v, first);
    words_table t = {.has_words = has_effect(v)};
    t.n_columns = 4u + (has_error ? 1 : 0) + (has_sweep ? 2 : 0) + (t.has_words ? 1 : 0);
    add_names(&t, v, has_error, sweep_of(v, first));
    for (size_t k = 0; (o = strongest_component(v->numbers, k)); k++)
        add_component(&t, v, o);
    layout->add_table(out, &t);
    words_table_release(&t);
}
