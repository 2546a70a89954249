/* SPDX-License-Identifier: MIT */
/* What not to conclude from an explanation. */
#include "present_detail.h"

void add_limits(text *out, const explanation_view *v, const words_layout *layout)
{
    const json_t *target = json_object_get(v->numbers, "target");
    layout->add_heading(out, "What not to conclude", false);
    text_add(out, "\n");
    if (find_leading(v->a, SPACE_Z)) {
        layout->add_item(out, "That a component means the same for every picture: at another z it "
                              "may do something else, or the opposite.");
        layout->add_item(out,
                         "That a large move of z does what a small one does: rates are slopes, "
                         "and slopes change.");
    }
    if (find_leading(v->a, SPACE_X))
        layout->add_item(out, "That a pixel acts alone: z moves many at once, and what counts in "
                              "one depends on those around it.");
    if (find_leading(v->a, SPACE_CLASS))
        layout->add_item(out, "That another class does what the rates of the class inputs say: "
                              "they are slopes, and a whole class away even the sign may differ.");
    if (json_object_get(v->numbers, "logit"))
        layout->add_item(out, "That D knows how good a picture is: it is the model's own critic, "
                              "and says only what it can tell from its training pictures.");
    if (json_object_get(target, "reference"))
        layout->add_item(out, "That a picture which is near to another was made from it.");
}
