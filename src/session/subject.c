/* SPDX-License-Identifier: MIT */
/* A model and a number made of its pictures: what programs explain. */
#include "model.h"
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

const option_row subject_option_rows[6] = {
    OPTION_TEXT(subject_options, target, .name = "target", .letter = 't', .role = ROLE_RESULT,
                .value = "TARGET", .choices = NAMES_OF(explain_targets),
                .summary = "What is explained, a number made of z; logit where there is a D, else "
                           "ink, when not given. It is",
                .more = explain_targets_tell),
    OPTION_COUNT(subject_options, class, .name = "class", .role = ROLE_RESULT, .low = 0,
                 .high = MAX_CLASSES - 1, .value = "K",
                 .summary = "The class whose picture a conditional model makes of z, as D then "
                            "takes it to be; such a model needs it."),
    OPTION_REAL(subject_options, lambda, .name = "lambda", .role = ROLE_RESULT, .high = 1e6,
                .value = "X", .summary = "The weight of gen in the target loss."),
    OPTION_TEXT(subject_options, data, .name = "data", .letter = 'd', .role = ROLE_RESULT,
                .value = "DIR",
                .summary = "The pictures for rec:nearest, rec:INDEX and loss, as gantrain reads "
                           "them; default: those the model was trained on, as RUN/config.json "
                           "names them, or the built-in digits for a foreign file."),
    OPTION_TEXT(subject_options, judge, .name = "judge", .role = ROLE_RESULT, .value = "FILE",
                .summary = "The classifier that --target class:K asks, as ganeval --train-judge "
                           "makes one; default: one that is built in and knows MNIST's digits."),
    OPTION_COUNT(subject_options, n_classes, .name = "n-classes", .role = ROLE_RESULT, .low = 1,
                 .high = 256, .value = "N",
                 .summary = "The number of classes that the labels of --data may have."),
};

int subject_read(subject *s, const subject_options *o, const invocation *v, error *e)
{
    if (o->target && explain_target_read(&s->target, o->target, e))
        return -1;
    const option_use uses[] = {
        {"lambda", s->target.row && s->target.row->takes_lambda, "--target loss:..."},
        {"judge", s->target.row && explain_target_reads(&s->target, NET_CLASSIFIER),
         "--target class:K"}};
    return option_uses_check(v, uses, 2, e);
}

/* What can be said only after the target's picture was sought. */
static int check_uses_of_data(const subject *s, const invocation *v, error *e)
{
    static const char targets[] = "--target rec:nearest, rec:INDEX and loss:...";
    const option_use uses[] = {{"data", s->reference.has_data, targets},
                               {"n-classes", s->reference.has_data, targets}};
    return option_uses_check(v, uses, 2, e);
}

/* ---- Opening ---- */

/* What a picture target compares with; other pictures than the training's are used, but said. */
static int load_reference(subject *s, voice *v, const subject_options *o, error *e)
{
    const model_file *m = &s->model;
    explain_reference *reference = &s->reference;
    if (!o->data)
        s->data_folder = model_file_data_folder(&s->data_config, m);
    reference_source source = {.folder = o->data,
                               .n_classes = o->n_classes,
                               .choice = model_file_data_choice(m),
                               .checksum = m->has_data_checksum ? &m->data_checksum : NULL,
                               .config = s->data_config,
                               .config_folder = s->data_folder,
                               .model = m->path};
    reference->shape = m->shape;
    reference->low = m->low;
    reference->high = m->high;
    if (explain_reference_load(reference, &s->target, &source, e))
        return -1;
    if (reference->has_data && reference->kinship == SET_OTHER)
        warn(v, "%s: not what the model was trained on (checksum %08lx here, %08lx there)", o->data,
             (unsigned long)reference->data.checksum, (unsigned long)m->data_checksum);
    return 0;
}

/* Pictures come to it in the model's range. */
static int load_judge(subject *s, const char *path, error *e)
{
    const model_file *m = &s->model;
    judge_file *f = &s->judge;
    if (judge_open(f, path, m->shape, e))
        return -1;
    judge_take_range(f, m->low, m->high);
    s->target.classifier = &f->classifier;
    return 0;
}

/* "" for the target that is the model's own; a weight that was chosen makes another target. */
static char *words_of_name(const subject *s, const subject_options *o, const char *by_default)
{
    text words = {0};
    text_add(&words, "%s", strcmp(o->target, by_default) == 0 ? "" : o->target);
    if (s->target.row->takes_lambda && o->lambda != 1)
        text_add(&words, " lambda %.9g", o->lambda);
    return words.data;
}

static int load_target(subject *s, voice *v, subject_options *o, error *e)
{
    const char *by_default = model_has(&s->model, "D") ? "logit" : "ink";
    if (!o->target) {
        o->target = by_default;
        explain_target_read(&s->target, o->target, e);
    }
    s->named = words_of_name(s, o, by_default);
    char *words = explain_target_words(&s->target, o->target);
    s->option = json_text(words);
    free(words);
    s->target.lambda = o->lambda;
    if (explain_target_reads(&s->target, NET_CLASSIFIER) && load_judge(s, o->judge, e))
        return -1;
    return s->target.picture ? load_reference(s, v, o, e) : 0;
}

static void set_condition(subject *s)
{
    explain_condition *c = &s->explainer.condition;
    if (s->class == NO_CLASS)
        return;
    c->g = &s->g_of_class;
    c->class = s->class;
    c->n_classes = s->model.n_classes;
    c->n_known = model_file_classes(c->known, &s->model);
}

/* The model's own parts go: their folded networks take their place in memory. */
static int make_explainer(subject *s, error *e)
{
    bool has_critic = model_has(&s->model, "D");
    if (!model_has(&s->model, "G"))
        return fail(e, STATUS_USAGE, "%s: this %s has no generator, whose pictures are explained",
                    s->model.path, s->model.kind);
    if (class_check(&s->model, s->class, e) || model_generator(&s->g, &s->model, s->class, e) ||
        (has_critic && model_critic(&s->critic, &s->model, s->class, e)))
        return -1;
    if (s->class != NO_CLASS && model_generator_with_class(&s->g_of_class, &s->model, e))
        return -1;
    model_file_release_parts(&s->model);
    if (explainer_init(&s->explainer, &s->g, has_critic ? &s->critic : NULL, s->model.shape,
                       &s->target, e))
        return fail_in(e, "%s", s->model.path);
    set_condition(s);
    return 0;
}

/* What one picture and one judge need to fit both. */
static int check_likeness(const model_file *m, const model_file *other, error *e)
{
    const picture_shape *own = &m->shape, *shape = &other->shape;
    if (m->z_dim != other->z_dim)
        return fail(e, STATUS_BAD_INPUT, "%s: its z has %zu components, expected %zu as in %s",
                    m->path, m->z_dim, other->z_dim, other->path);
    if (own->rows != shape->rows || own->cols != shape->cols)
        return fail(e, STATUS_BAD_INPUT, "%s: its pictures are %zux%zu, expected %zux%zu as in %s",
                    m->path, own->rows, own->cols, shape->rows, shape->cols, other->path);
    if (m->low != other->low || m->high != other->high)
        return fail(e, STATUS_BAD_INPUT, "%s: its pictures are in %g..%g, expected %g..%g as in %s",
                    m->path, (double)m->low, (double)m->high, (double)other->low,
                    (double)other->high, other->path);
    return 0;
}

int subject_open(subject *s, subject_options *o, const subject_source *from, error *e)
{
    s->class = (size_t)o->class;
    if (checkpoint_open(&s->model, from->voice, from->path, from->checkpoint, true, e) ||
        load_target(s, from->voice, o, e) || make_explainer(s, e))
        return -1;
    return check_uses_of_data(s, from->given, e);
}

int subject_open_as(subject *s, const subject *other, const subject_source *from, error *e)
{
    s->class = other->class;
    s->target = other->target;
    if (checkpoint_open(&s->model, from->voice, from->path, from->checkpoint, true, e) ||
        check_likeness(&s->model, &other->model, e))
        return -1;
    return make_explainer(s, e);
}

void subject_list_inputs(const subject *s, file_list *f)
{
    const explain_reference *reference = &s->reference;
    file_list_read(f, s->model.path);
    for (size_t i = 0; i < s->n_rivals; i++)
        file_list_read(f, s->rivals[i].model.path);
    file_list_read(f, s->judge.path);
    if (s->target.picture && !reference->has_data)
        file_list_read(f, s->target.picture);
    if (reference->has_data)
        file_list_read_data(f, &reference->data);
    if (reference->is_by_config)
        file_list_read(f, s->data_config);
}

void subject_release(subject *s)
{
    subject_release_rivals(s);
    explainer_release(&s->explainer);
    network_release(&s->g);
    network_release(&s->critic);
    network_release(&s->g_of_class);
    judge_file_release(&s->judge);
    explain_reference_release(&s->reference);
    free(s->data_config);
    free(s->data_folder);
    model_file_release(&s->model);
    json_decref(s->option);
    free(s->named);
    free(s->name);
    *s = (subject){0};
}

/* ---- What is stated of it ---- */

json_t *subject_target_facts(const subject *s, size_t i_reference)
{
    json_t *o = json_object();
    json_object_set(o, "option", s->option);
    if (s->reference.picture) {
        char *words = explain_reference_words(&s->reference, i_reference);
        json_object_set_new(o, "reference", json_text(words));
        free(words);
    }
    if (i_reference != NO_INDEX)
        json_object_set_new(o, "reference_index", json_unsigned(i_reference));
    return o;
}

json_t *subject_circumstances(const subject *s)
{
    json_t *o = json_object(), *from = json_object();
    if (s->class != NO_CLASS)
        json_object_set_new(o, "class", json_unsigned(s->class));
    json_object_set_new(from, "sha256", json_text(model_file_checksum(&s->model)));
    json_object_set_new(from, "step", json_unsigned(s->model.step));
    json_object_set_new(o, "model", from);
    if (s->n_rivals)
        json_object_set_new(o, "across", subject_rival_facts(s));
    if (s->target.classifier)
        json_object_set_new(o, "judge", json_pack("{s:s}", "sha256", s->judge.checksum));
    json_t *training = train_settings_read(s->model.settings);
    json_object_set_new(o, "training", training ? training : json_null());
    json_object_set_new(o, "cpu_level", json_string(tensor_level()));
    json_object_set_new(o, "version", json_string(GANLENS_VERSION));
    return o;
}

json_t *subject_table_facts(const subject *s)
{
    text step = {0};
    text_add(&step, "%" PRIu64, s->model.step);
    json_t *o =
        json_pack("{s:O, s:o, s:o}", "target", s->option, "model_sha256",
                  json_text(model_file_checksum(&s->model)), "model_step", json_text(step.data));
    text_release(&step);
    if (s->class != NO_CLASS)
        json_object_set_new(o, "class", json_sprintf("%zu", s->class));
    if (s->target.classifier)
        json_object_set_new(o, "judge_sha256", json_text(s->judge.checksum));
    return o;
}
