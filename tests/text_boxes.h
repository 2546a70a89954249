/* SPDX-License-Identifier: MIT */
/* That the words of a figure can be read; a test includes this after cmocka.h and report.h. */
#ifndef GANLENS_TEXT_BOXES_H
#define GANLENS_TEXT_BOXES_H

static bool do_overlap(box a, box b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

static void assert_text_is_apart_and_inside(const figure *f)
{
    assert_true(f->n_text_boxes > 0);
    for (size_t i = 0; i < f->n_text_boxes; i++) {
        box a = f->text_boxes[i];
        assert_true(a.width > 0 && a.x >= 40 && a.x + a.width <= f->width - 40);
        assert_true(a.y >= 35 && a.y + a.height <= f->height - 35);
        for (size_t k = 0; k < i; k++)
            if (do_overlap(a, f->text_boxes[k]))
                fail_msg("texts %zu and %zu overlap at (%d, %d)", k, i, a.x, a.y);
    }
}

#endif
