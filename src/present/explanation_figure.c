/* SPDX-License-Identifier: MIT */
/* The figure of an explanation: the pictures, a panel an array, and what was checked. */
#include "present_detail.h"
#include <stdlib.h>

void explanation_panels_release(explanation_panels *p)
{
    free(p->panels);
    free(p->names);
    *p = (explanation_panels){0};
}

static void remember(explanation_panels *p, size_t panel, const char *name)
{
    p->panels = reallocate(p->panels, p->n + 1, sizeof *p->panels);
    p->names = reallocate(p->names, p->n + 1, sizeof *p->names);
    p->panels[p->n] = panel;
    p->names[p->n++] = name;
}

/* ---- Panels ---- */

static void add_pictures(figure *f, const explanation_view *v)
{
    const json_t *target = json_object_get(v->numbers, "target");
    const char *reference = json_string_value(json_object_get(target, "reference"));
    figure_add_picture(f, &(picture_panel){.title = "Picture G(z)",
                                           .subtitle = "as generated",
                                           .pixels = v->sample,
                                           .rows = v->shape.rows,
                                           .cols = v->shape.cols,
                                           .outline = v->outline});
    if (v->reference)
        figure_add_picture(f,
                           &(picture_panel){.title = "Compared with",
                                            .subtitle = reference ? reference : "the picture given",
                                            .pixels = v->reference,
                                            .rows = v->shape.rows,
                                            .cols = v->shape.cols});
}

/* Whether it is the standard error of an array whose panel shows it. */
static bool is_drawn_elsewhere(const explanation_view *v, const named_array *array)
{
    const char *owner = array->row->error_of;
    return owner && spaces[array->row->space]->draws_errors && explanation_find(v->a, owner);
}

/* The arrays of a role and a space, each in a row of its own unless they stand beside each other.
 */
static void add_space(figure *f, explanation_panels *panels, const explanation_view *v,
                      array_role role, array_space space)
{
    const space_row *row = spaces[space];
    for (size_t i = 0; row->draw && i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        if (array->row->role != role || array->row->space != space || !is_presented(array) ||
            !is_viewed(v, array->method) || is_drawn_elsewhere(v, array))
            continue;
        if (!row->stands_beside)
            figure_new_row(f);
        array_view one = view_array(v, array);
        remember(panels, row->draw(f, &one), array->row->name);
    }
}

/* What is found is drawn before its table; of a report the table is what it is for. */
static void add_spaces(figure *f, explanation_panels *panels, const explanation_view *v,
                       array_role role, bool stands_beside)
{
    bool begins_with_table = v->method && v->method->judges && !stands_beside;
    if (begins_with_table)
        add_space(f, panels, v, role, SPACE_TABLE);
    for (size_t s = 0; s < N_SPACES; s++)
        if (spaces[s]->stands_beside == stands_beside && !(begins_with_table && s == SPACE_TABLE))
            add_space(f, panels, v, role, (array_space)s);
}

/* What attributes leads, beside the pictures; what it rests on follows in rows of its own, and then
 * how far it can be trusted. */
static void add_arrays(figure *f, explanation_panels *panels, const explanation_view *v)
{
    for (size_t role = 0; array_roles[role].name; role++) {
        add_spaces(f, panels, v, (array_role)role, true);
        add_spaces(f, panels, v, (array_role)role, false);
        figure_new_row(f);
    }
}

/* ---- Words ---- */

static void add_target(text *t, const json_t *numbers)
{
    const json_t *target = json_object_get(numbers, "target");
    text parts = {0};
    target_say_parts(&parts, target);
    text_add(t, "The target is %s%s%s.", word_at(target, "meaning"), parts.length ? ": " : "",
             parts.length ? parts.data : "");
    text_release(&parts);
    if (json_object_get(target, "reference"))
        text_add(t, " The picture it is compared with is %s.", word_at(target, "reference"));
    if (json_object_get(numbers, "logit")) {
        text_add(t, " ");
        verdict_say(t, numbers);
    }
    text_add(t, "\n");
}

/* What has no panel, of a role, in a paragraph that `before` begins: sentences, or titles with a
 * number. */
static void add_single_numbers(text *t, const explanation_view *v, array_role role,
                               const char *before)
{
    size_t start = t->length;
    for (size_t i = 0; i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        const space_row *space = spaces[array->row->space];
        if (space->draw || !is_presented(array) || array->row->role != role ||
            !is_viewed(v, array->method))
            continue;
        array_view one = view_array(v, array);
        text_add(t, "%s", t->length == start ? before : "");
        if (!array->row->sentence)
            text_add(t, " %s:", array->row->title);
        space->say(t, &one);
    }
    text_add(t, t->length > start ? "\n" : "");
}

static bool is_met(const json_t *check) { return json_is_true(json_object_get(check, "is_met")); }

/* " name 0.5", or what it says of itself where it compared nothing. */
static void add_check(text *t, const json_t *c)
{
    number_text a, b;
    bool is_finite = !json_is_null(json_object_get(c, "value"));
    text_add(t, " %s ", word_at(c, "name"));
    if (json_is_true(json_object_get(c, "is_empty")))
        text_add(t, "%s", word_at(c, "note"));
    else if (is_met(c))
        text_add(t, "%s", write_at(a, c, "value", false));
    else
        text_add(t, "NOT MET: %s, expected at most %s",
                 is_finite ? write_at(a, c, "value", false) : "not finite",
                 write_at(b, c, "tolerance", false));
}

/* Those that v is of. */
static void add_checks(text *t, const explanation_view *v)
{
    size_t n = 0, n_met = 0, n_all = v->a->n_checks;
    const json_t *c, *checks = json_object_get(v->numbers, "checks");
    text errors = {0};
    for (size_t i = 0; i < n_all; i++) {
        if (!is_viewed(v, v->a->checks[i].method))
            continue;
        c = json_array_get(checks, i);
        text_add(&errors, n++ ? ";" : "");
        add_check(&errors, c);
        n_met += is_met(c);
    }
    if (n)
        text_add(t, "The arithmetic is %s: %zu of %zu checks are met. Their relative errors:%s.\n",
                 n_met == n ? "right" : "NOT right", n_met, n, errors.data);
    text_release(&errors);
}

/* That the arithmetic is right does not say how far its findings hold. */
static void add_words(figure *f, const explanation_view *v, bool is_evidence_said)
{
    text words = {0};
    if (!v->method)
        add_target(&words, v->numbers);
    add_single_numbers(&words, v, ROLE_ATTRIBUTION, "Found:");
    if (!is_evidence_said)
        add_single_numbers(&words, v, ROLE_EVIDENCE, "This rests on:");
    add_checks(&words, v);
    add_single_numbers(&words, v, ROLE_TRUST, "How far it reaches:");
    if (words.length)
        figure_add_text(f, &(text_panel){.title = "How sure this is", .words = words.data});
    text_release(&words);
}

/* What others say of its methods. */
static void add_lead(figure *f, const explanation_view *v)
{
    text t = {0};
    say_verdicts(&t, v);
    if (t.length)
        figure_set_lead(f, t.data);
    text_release(&t);
}

/* "Seed 7: logit -0.797", and under it the answer; of one method "..., by lime", and what it says.
 * Returns whether the single numbers that it rests on are said. */
static bool begin(figure *f, const explanation_view *v)
{
    text title = {0}, words = {0};
    bool is_evidence_said = false;
    explanation_title(&title, v);
    if (v->method) {
        text_add(&title, ", by %s", v->method->name);
        say_broken_check(&words, v->numbers, v->method);
        if (words.length)
            words.length--; /* the blank, which the next sentence brings */
        if (!v->method->judges)
            is_evidence_said = say_method(&words, v);
        say_own_remarks(&words, v, v->method);
    }
    const char *answer = json_string_value(json_object_get(v->numbers, "answer"));
    figure_init(f, title.data, v->method ? words.data : answer);
    add_lead(f, v);
    text_release(&title);
    text_release(&words);
    return is_evidence_said;
}

void explanation_figure(figure *f, explanation_panels *panels, const explanation_view *v)
{
    bool is_evidence_said = begin(f, v);
    add_pictures(f, v);
    if (!v->method)
        verdict_draw(f, v->numbers, v->title);
    add_arrays(f, panels, v);
    add_words(f, v, is_evidence_said);
}
