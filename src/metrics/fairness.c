/* SPDX-License-Identifier: MIT */
/* How much better one class comes off than another. */
#include "found_once.h"
#include "metrics_detail.h"

/* Real pictures of each class, and those of them that are covered. */
typedef struct {
    size_t n[MAX_LABELS], n_covered[MAX_LABELS];
    size_t n_classes; /* the greatest label and one */
} class_counts;

static void count_classes(class_counts *s, const judged_set *real, const ball_counts *balls)
{
    *s = (class_counts){0};
    for (size_t i = 0; i < real->n; i++) {
        size_t k = real->labels[i];
        s->n[k]++;
        s->n_covered[k] += balls->n_inside[i] > 0;
        s->n_classes = k >= s->n_classes ? k + 1 : s->n_classes;
    }
}

static int measure(metric_result *out, comparison *c, error *e)
{
    class_counts s;
    size_t best = c->real->labels[0], worst = best;
    if (comparison_check_balls(c, e))
        return -1;
    count_classes(&s, c->real, comparison_balls(c));
    estimate *by_class = result_add_classes(out, s.n_classes);
    for (size_t k = 0; k < s.n_classes; k++)
        if (s.n[k] > 0)
            by_class[k] = share_estimate(s.n_covered[k], s.n[k]);
    for (size_t k = 0; k < s.n_classes; k++) {
        best = by_class[k].value > by_class[best].value ? k : best;
        worst = by_class[k].value < by_class[worst].value ? k : worst;
    }
    out->value = share_difference(by_class[best], by_class[worst]);
    result_add_part(out, "best_class", (double)best);
    result_add_part(out, "best", by_class[best].value);
    result_add_part(out, "worst_class", (double)worst);
    result_add_part(out, "worst", by_class[worst].value);
    return 0;
}

const metric fairness_metric = {
    .name = "fairness",
    .title = "Gap between classes",
    .says = SAYS_FAIRNESS,
    .definition = "The coverage of the real pictures of the class that comes off best less that "
                  "of the class that comes off worst; 0: all come off alike. Balls are those of "
                  "coverage, among the real pictures of all classes.",
    .estimator =
        "coverage with k = 5 by the real pictures' own classes, the balls fixed; Newcombe's interval "
        "(1998, method 10) of the difference of both shares, of Wilson's of each",
    .source = "coverage: Naeem et al. 2020, equation 4; the gap between groups as of Hardt, Price "
              "& Srebro 2016, \"Equality of opportunity in supervised learning\"",
    .lies = "The best and the worst of many classes differ by chance alone: real pictures' own gap "
            "says by how much. A generator that is equally bad at all classes is fair.",
    .class_quality =
        "Share of the class's real pictures that these pictures come near to (coverage)",
    .needs = NEEDS_FEATURES | NEEDS_REAL_LABELS,
    .better = LESS_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.1,
    .measure = measure};
