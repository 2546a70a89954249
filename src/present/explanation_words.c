/* SPDX-License-Identifier: MIT */
/* An explanation in words: a paragraph that needs no knowledge, then the components, the evidence,
 * how sure all of it is, and what not to conclude. Nothing is computed here: a sentence is a
 * template over keys of explanation.json, and says nothing where its keys are missing or null. */
#include "present_detail.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool has(const json_t *o, const char *key) { return json_object_get(o, key); }

static void add_verdict(text *t, const json_t *numbers)
{
    if (!has(numbers, "logit"))
        return;
    text_add(t, " ");
    verdict_say(t, numbers);
}

/* ---- Arrays ---- */

/* Where nothing is known, not all values are 0. */
static bool is_zero(const array_view *v)
{
    const json_t *number = json_object_get(v->numbers, v->v->rank > 0 ? "norm" : "value");
    return json_is_number(number) && json_number_value(number) == 0;
}

/* Whether it is told with the array that it belongs to. */
static bool is_told_elsewhere(const explanation *a, const named_array *v)
{
    const char *owner = v->row->error_of ? v->row->error_of : v->row->items_of;
    const named_array *found = owner ? explanation_find(a, owner) : NULL;
    return found && is_presented(found);
}

static void add_error(text *t, const array_view *v)
{
    number_text a;
    const named_array *found = find_error(v->of->a, v->v);
    if (!found)
        return;
    array_view error_of_v = view_array(v->of, found);
    text_add(t, " The standard error of a %s is at most %s.", noun_of(v->v->row),
             write_at(a, error_of_v.numbers, "greatest", false));
}

/* What is said of an array whose row has no sentence for it. */
static void add_definition(text *t, const array_view *v)
{
    const array_row *row = v->v->row;
    text_add(t, "%s%s", t->length ? " " : "", row->title);
    if (row->unit && !spaces[row->space]->fill_table)
        text_add(t, " (%s)", row->unit);
    text_add(t, row->meaning ? ": %s." : ".", row->meaning);
    add_error(t, v);
    if (spaces[row->space]->say)
        spaces[row->space]->say(t, v);
}

static void add_zeros(text *t, const array_view *v)
{
    const array_row *row = v->v->row;
    const char *words = row->sentence_if_zero ? row->sentence_if_zero : row->if_zero;
    if (words)
        add_sentence(t, words);
    else
        text_add(t, "%s%s: all %ss are 0.", t->length ? " " : "", row->title, noun_of(row));
}

/* sentence with what was found; says nothing where nothing was. One without a place for that is
 * said as it is. */
static bool add_filled_sentence(text *t, const array_view *v, const char *sentence)
{
    text found = {0}, filled = {0};
    bool has_place = strchr(sentence, '#');
    if (has_place)
        spaces[v->v->row->space]->add_finding(&found, v, false);
    bool is_found = found.length || !has_place;
    if (is_found) {
        fill_words(&filled, sentence, found.length ? found.data : "");
        add_sentence(t, filled.data);
    }
    text_release(&found);
    text_release(&filled);
    return is_found;
}

static void add_array(text *t, const array_view *v)
{
    const array_row *row = v->v->row;
    if (is_zero(v) && (v->v->rank > 0 || row->sentence_if_zero))
        add_zeros(t, v);
    else if (!row->sentence || !add_filled_sentence(t, v, row->sentence))
        add_definition(t, v);
}

/* What it is otherwise defined by stands under the table of components. */
static void add_leading_z(text *t, const explanation_view *v)
{
    const named_array *leading = find_leading(v->a, SPACE_Z);
    if (!leading)
        return;
    array_view one = view_array(v, leading);
    if (leading->row->sentence || is_zero(&one))
        add_array(t, &one);
    else
        add_filled_sentence(t, &one, "Most weight is on #");
    say_sweeps(t, &one);
}

static void add_leading(text *t, const explanation_view *v, array_space space)
{
    const named_array *leading = find_leading(v->a, space);
    if (!leading)
        return;
    array_view one = view_array(v, leading);
    add_array(t, &one);
}

/* Whether it says in a few words how far the attributions can be trusted. */
static bool is_radius(const named_array *v) { return v->row->role == ROLE_TRUST && v->row->brief; }

static void add_trust(text *t, const explanation_view *v)
{
    for (size_t i = 0; i < v->a->n_arrays; i++) {
        array_view one = view_array(v, &v->a->arrays[i]);
        if (is_radius(one.v) && is_viewed(v, one.v->method))
            add_array(t, &one);
    }
}

/* ---- Parts ---- */

static void add_picture_words(text *t, const explanation_view *v)
{
    const json_t *facts = json_object_get(v->numbers, "picture");
    double n = number_at(v->numbers, "z_dim");
    add_sentence(t, v->title);
    t->length--; /* the stop */
    const char *kind = has(v->numbers, "seed") ? "random " : "";
    if (n > 1)
        text_add(t, " stands for %.0f %snumbers, z0 to z%zu, of which the model made a picture", n,
                 kind, v->a->z_dim - 1);
    else
        text_add(t, " stands for one %snumber, z0, of which the model made a picture", kind);
    class_say(t, " of class ", json_object_get(v->numbers, "class"));
    if (has(facts, "description"))
        text_add(t, ": %s", word_at(facts, "description"));
    text_add(t, ".");
}

static void add_lead(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    say_broken_check(&t, v->numbers, NULL);
    add_picture_words(&t, v);
    add_verdict(&t, v->numbers);
    target_say_whole(&t, v);
    add_leading_z(&t, v);
    add_leading(&t, v, SPACE_X);
    add_leading(&t, v, SPACE_CLASS);
    add_trust(&t, v);
    layout->add_paragraph(out, t.data);
    text_release(&t);
}

static void add_pictures(text *out, const explanation_view *v, const words_layout *layout)
{
    if (!layout->add_picture || !v->style->has_pictures)
        return;
    layout->add_picture(out, SAMPLE_FILE, "The picture");
    layout->add_picture(out, FIGURE_FILE, "All of it in one figure");
}

static void say_parts(text *t, const array_view *v)
{
    number_text a;
    const named_array *part;
    for (size_t i = 0; (part = find_part(v->of->a, v->v, i)); i++) {
        array_view p = view_array(v->of, part);
        if (i == 0)
            text_add(t, " The %ss are sums:", noun_of(v->v->row));
        text_add(t, i ? ", those of %s %s" : " those of %s have the norm %s", part->row->title,
                 write_at(a, p.numbers, "norm", false));
    }
    text_add(t, find_part(v->of->a, v->v, 0) ? "." : "");
}

static void add_share_note(text *t, const array_view *v)
{
    number_text a, b;
    double n_top = number_at(v->numbers, "n_strongest");
    text_add(t, " Share: of the sum of all squared %ss; the strongest", noun_of(v->v->row));
    if (n_top > 1)
        text_add(t, " %.0f", n_top);
    text_add(t, " of the %zu %s %s, where equally strong ones would have %s.", v->v->n,
             n_top > 1 ? "have" : "has", percent_at(a, v->numbers, "strongest_share"),
             percent_at(b, v->numbers, "share_if_all_were_equal"));
}

/* What the columns of the table mean. */
static void add_component_notes(text *t, const array_view *v)
{
    const array_row *row = v->v->row;
    text_add(t, "%s of a component%s%s: %s.", noun_of(row), row->unit ? ", " : "",
             row->unit ? row->unit : "", row->meaning ? row->meaning : "what it has");
    t->data[0] = (char)toupper((unsigned char)t->data[0]);
    add_error(t, v);
    say_parts(t, v);
    if (v->v->n > 1)
        add_share_note(t, v);
}

static void add_component_part(text *out, const explanation_view *v, const words_layout *layout)
{
    text notes = {0};
    const named_array *leading = find_leading(v->a, SPACE_Z);
    if (!leading)
        return;
    array_view one = view_array(v, leading);
    if (!strongest_component(one.numbers, 0))
        return;
    layout->add_heading(out, "The strongest components", false);
    add_components(out, &one, layout);
    add_component_notes(&notes, &one);
    layout->add_paragraph(out, notes.data);
    text_release(&notes);
}

/* Whether the array, which is v's, is said neither in the first paragraph nor with another. */
static bool is_left(const explanation_view *v, const named_array *array)
{
    return is_presented(array) && is_viewed(v, array->method) && (v->method || !is_radius(array)) &&
           array != find_leading(v->a, SPACE_Z) && array != find_leading(v->a, SPACE_X) &&
           array != find_leading(v->a, SPACE_CLASS) && !is_told_elsewhere(v->a, array);
}

/* Of a role's arrays but for tables. */
static void add_role(text *t, const explanation_view *v, array_role role)
{
    for (size_t s = 0; s < N_SPACES; s++)
        for (size_t i = 0; !spaces[s]->fill_table && i < v->a->n_arrays; i++) {
            const named_array *array = &v->a->arrays[i];
            if (array->row->space != s || array->row->role != role || !is_left(v, array))
                continue;
            array_view one = view_array(v, array);
            add_array(t, &one);
        }
}

/* Of those that say how far to trust, or of the others, what attributes first. */
static void add_sentences(text *t, const explanation_view *v, bool are_trust)
{
    if (are_trust) {
        add_role(t, v, ROLE_TRUST);
        return;
    }
    add_role(t, v, ROLE_ATTRIBUTION);
    add_role(t, v, ROLE_EVIDENCE);
}

static void add_table_notes(text *out, const array_view *v, const words_layout *layout)
{
    text t = {0};
    if (spaces[v->v->row->space]->add_notes)
        spaces[v->v->row->space]->add_notes(&t, v);
    if (t.length)
        layout->add_paragraph(out, t.data);
    text_release(&t);
}

static void add_tables(text *out, const explanation_view *v, const words_layout *layout,
                       bool are_trust)
{
    for (size_t i = 0; i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        const space_row *space = spaces[array->row->space];
        if (!space->fill_table || (array->row->role == ROLE_TRUST) != are_trust ||
            !is_left(v, array))
            continue;
        array_view one = view_array(v, array);
        words_table table = {0};
        text t = {0};
        add_array(&t, &one);
        layout->add_paragraph(out, t.data);
        space->fill_table(&table, &one);
        layout->add_table(out, &table);
        add_table_notes(out, &one, layout);
        words_table_release(&table);
        text_release(&t);
    }
}

static void add_evidence(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    add_sentences(&t, v, false);
    if (t.length) {
        layout->add_heading(out, "The evidence", false);
        layout->add_paragraph(out, t.data);
    }
    add_tables(out, v, layout, false);
    text_release(&t);
}

static bool is_measured(const explanation_view *v)
{
    for (size_t i = 0; i < v->a->n_arrays; i++)
        if (v->a->arrays[i].row->role == ROLE_TRUST && is_viewed(v, v->a->arrays[i].method))
            return true;
    return false;
}

static void add_shared(text *t, const json_t *numbers)
{
    const json_t *target = json_object_get(numbers, "target");
    const char *shared = json_string_value(json_object_get(target, "shared_by_checks"));
    if (json_array_size(json_object_get(numbers, "checks")))
        text_add(t,
                 " Not checked, since both share it: %s%show z is made, and how the networks are "
                 "read and folded into plain layers. explanation.json says what each error is "
                 "relative to.",
                 shared ? shared : "", shared ? ", " : "");
}

static void add_reach(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    if (!is_measured(v))
        add_sentence(&t, "How far the explanation reaches was not measured");
    add_sentences(&t, v, true);
    if (t.length)
        layout->add_paragraph(out, t.data);
    add_tables(out, v, layout, true);
    text_release(&t);
}

static void add_certainty(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    layout->add_heading(out, "How sure this is", false);
    say_arithmetic(&t, v->numbers);
    add_shared(&t, v->numbers);
    layout->add_paragraph(out, t.data);
    add_check_table(out, v->numbers, layout);
    add_reach(out, v, layout);
    text_release(&t);
}

/* ---- Methods that do not lead ---- */

/* Whether it has a sentence on what was found. */
static bool has_sentence(const array_view *v)
{
    return v->v->row->sentence || (is_zero(v) && v->v->row->if_zero);
}

static void say_role(text *t, const explanation_view *v, array_role role, bool are_drawn)
{
    for (size_t s = 0; s < N_SPACES; s++)
        for (size_t i = 0; !spaces[s]->draw == !are_drawn && i < v->a->n_arrays; i++) {
            array_view one = view_array(v, &v->a->arrays[i]);
            if (one.v->row->space == s && one.v->row->role == role && has_sentence(&one) &&
                is_presented(one.v) && is_viewed(v, one.v->method))
                add_array(t, &one);
        }
}

bool say_method(text *t, const explanation_view *v)
{
    size_t start = t->length;
    say_role(t, v, ROLE_ATTRIBUTION, true);
    say_role(t, v, ROLE_EVIDENCE, true);
    bool says_numbers = t->length == start;
    if (says_numbers)
        say_role(t, v, ROLE_EVIDENCE, false);
    if (t->length == start)
        add_sentence(t, v->method->summary);
    return says_numbers;
}

static void add_all_sentences(text *t, const explanation_view *v)
{
    add_sentences(t, v, false);
    add_sentences(t, v, true);
}

static void add_method(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    layout->add_heading(out, v->method->name, false);
    say_verdicts(&t, v);
    add_sentence(&t, v->method->summary);
    if (!v->method->judges)
        add_all_sentences(&t, v);
    layout->add_paragraph(out, t.data);
    if (v->method != find_judge(v->a)) /* what that one says was said */
        add_own_remarks(out, v, v->method, layout);
    if (layout->add_picture && v->style->has_pictures) {
        char *file = picture_file_name(v->method->name, false);
        layout->add_picture(out, file, v->method->summary);
        free(file);
    }
    add_tables(out, v, layout, false);
    add_tables(out, v, layout, true);
    add_measures(out, v, layout);
    t.length = 0;
    if (v->method->judges) /* its tables come first */
        add_all_sentences(&t, v);
    if (t.length)
        layout->add_paragraph(out, t.data);
    text_release(&t);
}

static void add_methods(text *out, const explanation_view *v, const words_layout *layout)
{
    explanation_view of = *v;
    for (size_t i = 0; (of.method = find_further_method(v->a, i)); i++)
        add_method(out, &of, layout);
}

/* Where it was not the user who chose the method. */
static void add_choice(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    const json_t *choice = json_object_get(v->numbers, "method_choice");
    if (choice)
        add_sentence(&t, word_at(choice, "sentence"));
    if (t.length)
        layout->add_paragraph(out, t.data);
    text_release(&t);
}

void explanation_words(text *out, const explanation_view *v)
{
    const words_layout *layout = words_formats[v->style->format].layout;
    text title = {0};
    explanation_title(&title, v);
    layout->add_heading(out, title.data, true);
    text_release(&title);
    add_lead(out, v, layout);
    add_choice(out, v, layout);
    add_judgement(out, v, layout);
    add_pictures(out, v, layout);
    add_component_part(out, v, layout);
    add_evidence(out, v, layout);
    add_methods(out, v, layout);
    add_certainty(out, v, layout);
    add_limits(out, v, layout);
}
