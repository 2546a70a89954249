/* SPDX-License-Identifier: MIT */
/* What options do to a part as it is updated. */
#include "class_detail.h"
#include <stddef.h>

/* ---- Before the optimizer ---- */

/* Weight matrices alone: what else there is are biases and BatchNorm's factors, which are not to be
 * small. */
static void shrink(model_part *p, float l1, float l2)
{
    const network *net = &p->network;
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        if (t.rank == 2)
            add_shrinkage(p->gradient + (t.data - net->param), t.data, t.n, l1, l2);
    }
}

static void add_l1(model_part *p, double strength) { shrink(p, (float)strength, 0.0f); }

static void add_l2(model_part *p, double strength) { shrink(p, 0.0f, (float)strength); }

/* A gradient that is not finite stays so: the update tells of it. */
static void clip_gradient(model_part *p, double most)
{
    double length = norm(p->gradient, p->network.n_param);
    if (length > most)
        scale_all(p->gradient, p->network.n_param, (float)(most / length));
}

/* ---- After it ---- */

static void clip_weights(model_part *p, double most)
{
    clip_all(p->network.param, p->network.n_param, (float)most);
}

/* ---- The table ---- */

#define STRENGTH(member) .strength = MEMBER_AT(train_options, member, double)

const update_rule update_rules[] = {
    {.option = "l1",
     .summary =
         "adds X times the sum of |w| over all weight matrices to the loss of their network; "
         "biases and BatchNorm are left alone",
     .source = "Tibshirani 1996",
     .when = "Where most weights should be next to nothing.",
     STRENGTH(l1),
     .apply = add_l1},
    {.option = "l2",
     .summary = "adds X / 2 times the sum of w^2, likewise",
     .source = "Krogh & Hertz 1991",
     .when = "Where a network learns few pictures by heart.",
     STRENGTH(l2),
     .apply = add_l2},
    {.option = "clip-grad",
     .summary = "scales the whole gradient of a network, --l1 and --l2 included, down to the "
                "Euclidean norm X where it is longer",
     .source = "Pascanu et al. 2013, algorithm 1",
     .when = "Where single batches upset the training; adam hides lasting sizes by itself.",
     STRENGTH(clip_grad),
     .apply = clip_gradient},
    {.option = "clip-weights",
     .summary = "moves every parameter of D to the nearest in -X..X after its update",
     .source = "Arjovsky et al. 2017, algorithm 1",
     .when = "For a loss that needs a D of bounded slope, as wgan, and no penalty on its gradient.",
     STRENGTH(clip_weights),
     .is_for_critics = true,
     .is_after = true,
     .apply = clip_weights},
    {0}};

static double strength_of(const update_rule *rule, const model_part *p, const train_options *o)
{
    bool is_for_it = p->row->out == SIDE_LOGIT || !rule->is_for_critics;
    return is_for_it ? *(const double *)(const void *)((const char *)o + rule->strength) : 0.0;
}

void update_rules_apply(model_part *p, const train_options *o, bool is_after)
{
    for (const update_rule *rule = update_rules; rule->option; rule++) {
        double strength = rule->is_after == is_after ? strength_of(rule, p, o) : 0.0;
        if (strength > 0)
            rule->apply(p, strength);
    }
}
