/* SPDX-License-Identifier: MIT */
#include "manual_detail.h"
#include "cli.h"
#include "present.h"

/* ---- Targets ---- */

void manual_add_targets(text *out)
{
    for (const target_word *w = explain_targets; w->name; w++) {
        text meaning = {0};
        if (w > explain_targets && w->row == w[-1].row)
            continue;
        text_add(&meaning, "%s; unit: %s", w->row->meaning, w->row->unit);
        man_add_entry(out, w->row->form, meaning.data);
        text_release(&meaning);
    }
}

/* ---- Methods ---- */

static const char which_method[] =
    "What did each component or pixel add?: integrated-gradients first: its parts add up "
    "exactly. shap shares out fairly what parts do only together, and takes pixels by "
    "blocks or strokes. gradient-x-input is the quick guess at both.\n"
    "What would be missing without it?: occlusion, of one part at a time; lime, of a few; "
    "interaction, of two.\n"
    "Does that hold around here?: reach says up to which step. smoothgrad averages over "
    "neighbours, and vargrad says whose rates change among them.\n"
    "Is there a simple rule for all z?: linear; logistic for yes or no; tree for a few questions; "
    "network where these tell too little. Read first how well each does on z that it was not "
    "fitted to.\n"
    "What happens inside?: formation and structure to begin with. activation and influence are "
    "of the units of G, cam of those of D or the judge, and spectrum of all small moves of z.\n"
    "What can be defended?: What two methods say that work in different ways, such as "
    "integrated-gradients and occlusion, with checks that are met; with the baseline named, and "
    "with what the figure says under How sure this is. --cite has the sources.\n";

/* What is stored alone need not have one. */
static void add_title(text *out, const array_row *row)
{
    if (row->title)
        text_add(out, "%s", row->title);
    else if (row->low_of || row->high_of)
        text_add(out, "The %s ends of the intervals of 95 %% of %s",
                 row->low_of ? "lower" : "upper", row->low_of ? row->low_of : row->high_of);
    else
        text_add(out, "Stored, and not drawn");
}

static void add_array(text *out, const array_row *row)
{
    text meaning = {0};
    add_title(&meaning, row);
    if (row->meaning)
        text_add(&meaning, ": %s", row->meaning);
    text_add(&meaning, ". Space %s, sign %s, role %s", array_spaces[row->space].name,
             array_signs[row->sign].name, array_roles[row->role].name);
    if (row->unit)
        text_add(&meaning, ", unit %s", row->unit);
    text_add(&meaning, ".");
    if (row->error_of)
        text_add(&meaning, " It is the standard error of %s.", row->error_of);
    if (row->items_of)
        text_add(&meaning, " Its maps belong to components of %s.", row->items_of);
    if (row->part_of)
        text_add(&meaning, " It is a part of %s.", row->part_of);
    man_add_entry(out, row->name, meaning.data);
    text_release(&meaning);
}

static void add_words(text *out, const array_word *words)
{
    for (const array_word *w = words; w->name; w++)
        man_add_entry(out, w->name, w->meaning);
}

static void add_spaces(text *out)
{
    for (const array_space_row *s = array_spaces; s->name; s++)
        man_add_entry(out, s->name, s->meaning);
}

static void add_options(text *out, const option_set *options)
{
    text all = {0};
    for (size_t i = 0; options && i < options->group.n; i++)
        text_add(&all, "%s--%s", i ? ", " : "Options of its own: ", options->group.rows[i].name);
    if (all.length) {
        text_add(&all, ".");
        man_add_prose(out, all.data);
    }
    text_release(&all);
}

static void add_checks(text *out, const explain_check *checks)
{
    for (const explain_check *c = checks; c && c->name; c++)
        man_add_entry(out, c->name, c->meaning);
}

void manual_add_method(text *out, const explain_method *m)
{
    text summary = {0};
    text_add(&summary, "%s (%s). When it misleads: %s", m->summary, m->source, m->lies);
    man_add_subheading(out, m->name);
    man_add_prose(out, summary.data);
    add_options(out, m->options);
    for (const array_row *row = m->arrays; row->name; row++)
        add_array(out, row);
    text_release(&summary);
}

/* What targets of several terms leave beside the method's own. */
static void add_part_arrays(text *out)
{
    for (const target_word *w = explain_targets; w->name; w++)
        for (size_t i = 0; w->row->n_terms > 1 && i < w->row->n_terms; i++) {
            if (w > explain_targets && w->row == w[-1].row)
                continue;
            add_array(out, w->row->terms[i].value);
            add_array(out, w->row->terms[i].gradient);
        }
}

void manual_add_methods(text *out)
{
    man_add_subheading(out, "Which method to take");
    man_add_entries(out, which_method);
    for (const explain_method *const *m = explain_methods; *m; m++)
        manual_add_method(out, *m);
    man_add_subheading(out, "In every explanation");
    for (const array_row *row = explain_base_arrays; row->name; row++)
        add_array(out, row);
    add_part_arrays(out);
    man_add_subheading(out, "Spaces");
    add_spaces(out);
    man_add_subheading(out, "Signs");
    add_words(out, array_signs);
    man_add_subheading(out, "Roles");
    add_words(out, array_roles);
}

/* ---- Checks ---- */

void manual_add_checks(text *out)
{
    add_checks(out, explain_checks);
    for (const explain_method *const *m = explain_methods; *m; m++)
        add_checks(out, (*m)->checks);
}

void manual_add_explanation_files(text *out)
{
    man_add_entries(out, EXPLANATION_PAGE_FILES EXPLANATION_FILES);
}
