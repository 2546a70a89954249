/* SPDX-License-Identifier: MIT */
/* Numbers over the pixels: one map, or a list of them. */
#include "present_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- How values are shown ---- */

/* The picture, where maps show it so. */
static const uint8_t *picture_as(const array_view *v, map_overlay overlay)
{
    bool is_shown = v->v->row->sign != SIGN_PLAIN && v->of->style->overlay == overlay;
    return is_shown ? v->of->sample : NULL;
}

static shown_sign sign_of(const array_view *v)
{
    return v->v->row->sign == SIGN_SIGNED ? v->of->style->sign : SIGN_ALL;
}

/* As map_panel has it. */
static int hidden_sign(const array_view *v)
{
    shown_sign sign = sign_of(v);
    return sign == SIGN_POSITIVE ? -1 : sign == SIGN_NEGATIVE ? 1 : 0;
}

/* A copy of the values, or of their magnitudes; the caller frees it. Plain values begin at black.
 */
static float *choose_shown(const array_view *v)
{
    float black = v->v->row->sign == SIGN_PLAIN ? v->of->style->low : 0.0f;
    bool is_absolute = sign_of(v) == SIGN_ABSOLUTE;
    float *out = allocate(v->v->n, sizeof *out);
    for (size_t i = 0; i < v->v->n; i++)
        out[i] = is_absolute ? fabsf(v->v->data[i]) : v->v->data[i] - black;
    return out;
}

static void add_clause(text *t, const char *words)
{
    if (*words)
        text_add(t, "%s%s", t->length ? "; " : "", words);
}

/* What the panel cannot know of its map: "signs are hidden; scale set to 2", or nothing; the caller
 * releases it. */
static text caption_of(const array_view *v)
{
    text t = {0};
    const explanation_style *style = v->of->style;
    scale_words scale;
    char blended[64] = "";
    number_text weight;
    if (picture_as(v, OVERLAY_BLEND))
        snprintf(blended, sizeof blended, "colours mixed with the picture, weight %s",
                 number_write(weight, (double)style->alpha, false));
    add_clause(&t, sign_of(v) == SIGN_ABSOLUTE ? "magnitudes: signs are hidden" : "");
    add_clause(&t, blended);
    add_clause(&t, write_scale_words(scale, style, v->v->row));
    return t;
}

static const colour_map *colours_of(const array_view *v)
{
    const explanation_style *style = v->of->style;
    array_sign kind = v->v->row->sign;
    bool is_signed = kind == SIGN_SIGNED && sign_of(v) != SIGN_ABSOLUTE;
    return kind == SIGN_PLAIN ? colour_map_find("grey")
           : is_signed        ? style->diverging
                              : style->sequential;
}

/* Plain values have the range of pictures. */
static double scale_of(const array_view *v)
{
    const explanation_style *style = v->of->style;
    return v->v->row->sign == SIGN_PLAIN ? (double)(style->high - style->low)
                                         : array_scales_find(v->of->scales, v->v->row);
}

static double find_scale(const explanation *a, const named_array *v, double clip)
{
    return v->row->sign == SIGN_PLAIN ? 0 : find_largest(a, v, clip);
}

/* ---- One map ---- */

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    (void)n_top;
    if (!is_presented(v))
        return;
    set_place(o, a, v->data);
    set_number(o, "share_of_strongest_tenth", find_share_of_tenth(v->data, v->n));
}

/* Values of a picture, as one. */
static size_t draw_picture(figure *f, const array_view *v)
{
    uint8_t *grey = allocate(v->v->n, 1);
    bytes_from_floats(grey, v->v->data, v->v->n, v->of->style->low, v->of->style->high);
    size_t panel = figure_add_picture(f, &(picture_panel){.title = v->v->row->title,
                                                          .subtitle = v->v->row->unit,
                                                          .pixels = grey,
                                                          .rows = v->of->shape.rows,
                                                          .cols = v->of->shape.cols,
                                                          .outline = v->of->outline});
    free(grey);
    return panel;
}

/* What an attribution's values mean stands beside its unit: what the colours of the map that leads
 * say must not be looked up. */
static text subtitle_of(const array_row *row)
{
    text t = {0};
    bool is_told = row->role == ROLE_ATTRIBUTION && row->meaning;
    text_add(&t, "%s%s%s", row->unit ? row->unit : "", row->unit && is_told ? ": " : "",
             is_told ? row->meaning : "");
    return t;
}

static size_t draw(figure *f, const array_view *v)
{
    if (v->v->row->sign == SIGN_PLAIN)
        return draw_picture(f, v);
    float *shown = choose_shown(v);
    text caption = caption_of(v), subtitle = subtitle_of(v->v->row);
    map_panel p = {.title = v->v->row->title,
                   .subtitle = subtitle.data,
                   .values = shown,
                   .rows = v->of->shape.rows,
                   .cols = v->of->shape.cols,
                   .scale = scale_of(v),
                   .colours = colours_of(v),
                   .contour = picture_as(v, OVERLAY_CONTOUR),
                   .under = picture_as(v, OVERLAY_BLEND),
                   .alpha = v->of->style->alpha,
                   .outline = v->of->outline,
                   .hidden = hidden_sign(v),
                   .caption = caption.data};
    size_t panel = figure_add_map(f, &p);
    text_release(&caption);
    text_release(&subtitle);
    free(shown);
    return panel;
}

/* A place alone does not say that all others stand still. */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    number_text a;
    const char key[] = "share_of_strongest_tenth";
    if (!json_is_string(json_object_get(v->numbers, "where")))
        return;
    text_add(t, "%s", word_at(v->numbers, "where"));
    if (!is_brief && number_at(v->numbers, key) > 0.9)
        text_add(t, " (a tenth of all pixels has %s of the effect)",
                 percent_at(a, v->numbers, key));
}

static void say(text *t, const array_view *v)
{
    number_text a;
    say_range(t, v);
    text_add(t,
             "; the pixels that count most lie %s (%s of the squared %ss, centred on row "
             "%.1f, column %.1f).",
             word_at(v->numbers, "where"), percent_at(a, v->numbers, "where_share"),
             noun_of(v->v->row), number_at(v->numbers, "row"), number_at(v->numbers, "column"));
}

const space_row x_space = {.stands_beside = true,
                           .find_scale = find_scale,
                           .add_numbers = add_numbers,
                           .draw = draw,
                           .add_finding = add_finding,
                           .say = say};

/* ---- A list ---- */

static void add_list_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    (void)n_top;
    for (size_t i = 0; i < v->shape[0]; i++) {
        const float *map = v->data + i * v->shape[1];
        text name = {0};
        json_t *item = json_object();
        add_item_name(&name, v, i);
        set_word(item, "name", name.data);
        if (v->items)
            set_count(item, "component", v->items[i]);
        set_number(item, "norm", norm(map, v->shape[1]));
        set_place(item, a, map);
        json_array_append_new(list, item);
        text_release(&name);
    }
    json_object_set_new(o, "items", list);
}

/* The array over z whose components the items belong to, or NULL. */
static const named_array *owner_of(const array_view *v)
{
    return v->v->items ? explanation_find(v->of->a, v->v->row->items_of) : NULL;
}

/* "z17  -0.42": with what that component has in the array it belongs to. */
static char *label_item(const array_view *v, size_t i)
{
    const named_array *owner = owner_of(v);
    text label = {0};
    number_text value;
    add_item_name(&label, v->v, i);
    if (owner)
        text_add(&label, "  %s", number_write(value, (double)owner->data[v->v->items[i]], true));
    return label.data;
}

/* "d pixel / d z_i, one scale"; of plain values what is shown is how far they are above black. */
static void add_unit_shown(text *t, const array_row *row)
{
    const char *above = row->sign == SIGN_PLAIN ? "above black" : "";
    text_add(t, "%s%s%s", row->unit ? row->unit : "", row->unit && *above ? " " : "", above);
    text_add(t, "%sone scale", t->length ? ", " : "");
}

static size_t draw_list(figure *f, const array_view *v)
{
    const named_array *owner = owner_of(v);
    size_t n = v->v->shape[0];
    float *shown = choose_shown(v);
    char **labels = allocate(n, sizeof *labels);
    text subtitle = {0}, caption = caption_of(v);
    add_unit_shown(&subtitle, v->v->row);
    if (owner)
        text_add(&subtitle, "; beside each component its %s%s%s", noun_of(owner->row),
                 owner->row->unit ? ", " : "", owner->row->unit ? owner->row->unit : "");
    for (size_t i = 0; i < n; i++)
        labels[i] = label_item(v, i);
    strip_panel p = {.title = v->v->row->title,
                     .subtitle = subtitle.data,
                     .values = shown,
                     .labels = (const char *const *)labels,
                     .n = n,
                     .rows = v->of->shape.rows,
                     .cols = v->of->shape.cols,
                     .scale = scale_of(v),
                     .colours = colours_of(v),
                     .contour = picture_as(v, OVERLAY_CONTOUR),
                     .under = picture_as(v, OVERLAY_BLEND),
                     .alpha = v->of->style->alpha,
                     .outline = v->of->outline,
                     .hidden = hidden_sign(v),
                     .caption = caption.data};
    size_t panel = figure_add_strip(f, &p);
    text_release(&caption);
    for (size_t i = 0; i < n; i++)
        free(labels[i]);
    free(labels);
    free(shown);
    text_release(&subtitle);
    return panel;
}

static void say_item(text *t, const array_row *row, const json_t *item)
{
    if (json_is_string(json_object_get(item, "where")))
        text_add(t, "%s %s", row->in_place ? row->in_place : "most", word_at(item, "where"));
    else
        text_add(t, "%s", row->nowhere ? row->nowhere : "nowhere");
}

static void say_list(text *t, const array_view *v)
{
    size_t i;
    const json_t *o;
    if (v->v->row->sign == SIGN_PLAIN)
        return; /* of pictures no place counts most */
    json_array_foreach(json_object_get(v->numbers, "items"), i, o)
    {
        text_add(t, "%s%s: ", i ? "; " : " ", word_at(o, "name"));
        say_item(t, v->v->row, o);
    }
    text_add(t, ".");
}

const space_row x_list_space = {.find_scale = find_scale,
                                .add_numbers = add_list_numbers,
                                .draw = draw_list,
                                .say_item = say_item,
                                .say = say_list};
