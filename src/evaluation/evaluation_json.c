/* SPDX-License-Identifier: MIT */
/* What came out, for programs; SCHEMA grows when a key changes its meaning. */
#include "evaluation_detail.h"
#include <math.h>

enum { SCHEMA = 1 };

/* ---- Metrics ---- */

static json_t *estimate_json(const estimate *v)
{
    return json_pack("{s:o, s:o, s:o}", "value", json_number(v->value), "low", json_number(v->low),
                     "high", json_number(v->high));
}

static json_t *parts_json(const metric_result *r)
{
    json_t *parts = json_object();
    for (size_t i = 0; i < r->n_parts; i++)
        json_object_set_new(parts, r->parts[i].name, json_number(r->parts[i].value));
    return parts;
}

static json_t *classes_json(const metric_result *r)
{
    json_t *classes = json_array();
    for (size_t i = 0; i < r->n_classes; i++)
        json_array_append_new(classes, estimate_json(&r->by_class[i]));
    return classes;
}

/* All null where there is no value. */
static json_t *result_json(const measurement *m)
{
    static const estimate none = {(double)NAN, (double)NAN, (double)NAN};
    const metric_result *r = &m->result;
    json_t *o = estimate_json(m->reason ? &none : &r->value);
    json_object_set_new(o, "n", m->reason ? json_null() : json_unsigned(r->n));
    json_object_set_new(o, "n_real", m->reason ? json_null() : json_unsigned(r->n_real));
    if (r->n_parts > 0)
        json_object_set_new(o, "parts", parts_json(r));
    if (r->by_class)
        json_object_set_new(o, "by_class", classes_json(r));
    if (m->reason)
        json_object_set_new(o, "reason", json_text(m->reason));
    return o;
}

static const char *verdict_name(verdict v)
{
    return v == VERDICT_NONE ? NULL : v == VERDICT_WORSE ? "worse" : "like_real";
}

static json_t *measurement_json(const measurement *m, const measurement *floor)
{
    static const char *const better[] = {
        [LESS_IS_BETTER] = "less", [MORE_IS_BETTER] = "more", [NEAR_REAL_IS_BETTER] = "near_real"};
    json_t *o = result_json(m);
    json_object_set_new(o, "real", result_json(floor));
    json_object_set_new(o, "verdict", json_text(verdict_name(measurement_verdict(m, floor))));
    json_object_set_new(o, "says", json_string(metric_sayings[m->metric->says]));
    json_object_set_new(o, "better", json_string(better[m->metric->better]));
    json_object_set_new(o, "estimator", json_string(m->metric->estimator));
    return o;
}

static json_t *measurements_json(const candidate *c, const evaluation *v)
{
    json_t *all = json_object();
    for (size_t k = 0; k < v->n_metrics; k++)
        json_object_set_new(all, v->metrics[k]->name,
                            measurement_json(&c->measurements[k], &v->floors[k]));
    return all;
}

/* ---- What they are of ---- */

static json_t *judge_json(const evaluation *v)
{
    judge_quality q;
    if (!evaluation_judge_quality(&q, v))
        return json_null();
    json_t *classes = json_array();
    for (size_t k = 0; k < q.n_classes; k++)
        json_array_append_new(classes,
                              json_pack("{s:o, s:o, s:o, s:o}", "class", json_unsigned(k),
                                        "precision", json_number(q.precision[k]), "recall",
                                        json_number(q.recall[k]), "f1", json_number(q.f1[k])));
    return json_pack("{s:o, s:o, s:o, s:o}", "n", json_unsigned(q.n), "accuracy",
                     json_number(q.accuracy), "calibration_error", json_number(q.calibration_error),
                     "classes", classes);
}

static json_t *data_json(const evaluation *v)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "checksum",
                     json_sprintf("%08lx", (unsigned long)v->real.data.checksum), "n_train",
                     json_unsigned(v->real.data.train.n), "n_test",
                     json_unsigned(v->real.data.test.n), "n_test_taken",
                     json_unsigned(v->real.n_test));
}

/* Null of what is no model. */
static json_t *model_json(const candidate *c)
{
    if (!candidate_is_model(c))
        return json_null();
    return json_pack("{s:o, s:o}", "sha256", json_text(model_file_checksum(&c->model)), "step",
                     json_unsigned(c->model.step));
}

static json_t *candidate_json(const candidate *c, const evaluation *v)
{
    return json_pack("{s:o, s:o, s:o}", "path", json_text(c->path), "model", model_json(c),
                     "metrics", measurements_json(c, v));
}

static json_t *candidates_json(const evaluation *v)
{
    json_t *all = json_array();
    for (size_t i = 0; i < v->n_candidates; i++)
        json_array_append_new(all, candidate_json(&v->candidates[i], v));
    return all;
}

/* ---- Given features ---- */

/* As torch-fidelity calls what these are, of whatever features they are. */
static void add_fidelity_names(json_t *o, const evaluation *v)
{
    const measurement *all = v->candidates[0].measurements;
    for (size_t k = 0; k < v->n_metrics; k++)
        if (v->metrics[k]->fidelity_name)
            json_object_set_new(o, v->metrics[k]->fidelity_name,
                                all[k].reason ? json_null()
                                              : json_number(all[k].result.value.value));
}

/* ---- The whole ---- */

static void add_judging(json_t *o, const evaluation *v)
{
    json_object_set_new(o, "judge_sha256", json_text(v->judge.judge.checksum));
    json_object_set_new(o, "judge", judge_json(v));
    json_object_set_new(o, "data", data_json(v));
    if (v->n_candidates == 1)
        json_object_set_new(o, "model", model_json(&v->candidates[0]));
}

json_t *evaluation_json(const evaluation *v)
{
    json_t *o = json_pack("{s:i}", "schema", SCHEMA);
    if (v->n_candidates == 1)
        json_object_set_new(o, "metrics", measurements_json(&v->candidates[0], v));
    else
        json_object_set_new(o, "candidates", candidates_json(v));
    json_object_set_new(o, "n_fake", json_unsigned(v->n));
    json_object_set_new(o, "n_real", json_unsigned(v->real.real.n));
    json_object_set_new(o, "seed", json_unsigned(v->request.seed));
    if (v->request.features)
        add_fidelity_names(o, v);
    else
        add_judging(o, v);
    json_object_set_new(o, "version", json_string(GANLENS_VERSION));
    return o;
}
