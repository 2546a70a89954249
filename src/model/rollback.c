/* SPDX-License-Identifier: MIT */
/* Where a training goes back to when a step diverges. */
#include "class_detail.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

bool rollback_is_on(const train_options *o) { return o->on_nan && strcmp(o->on_nan, "stop") != 0; }

int model_keep_good(model *m, error *e)
{
    if (!rollback_is_on(&m->options) || m->step % GOOD_EVERY)
        return 0;
    return model_write_state(&m->memory.good, m, e);
}

void model_note(model *m, const char *note, const char *words)
{
    json_t *line = json_object();
    json_object_set_new(line, "step", json_unsigned(m->step));
    json_object_set_new(line, "note", json_string(note));
    json_object_set_new(line, "text", json_string(words));
    if (!m->memory.notes)
        m->memory.notes = json_array();
    json_array_append_new(m->memory.notes, line);
}

/* "step 7: 'Loss/G/loss' became NaN: back to step 0 with 1/2 of the rates". The advice at the end
 * of the message is taken. */
static void note_rollback(model *m, const error *e)
{
    text words = {0};
    text_add(&words, "%.*s: back to step %llu with 1/%llu of the rates",
             (int)strcspn(e->message, ";"), e->message, (unsigned long long)m->step,
             1ULL << m->memory.n_halvings);
    model_note(m, "rollback", words.data);
    text_release(&words);
}

/* Fails only where somebody changed the file that a resumed run has its good state of; m, half
 * filled, is then not to be saved. */
static int get_good(model *m, error *e)
{
    const bytes *good = &m->memory.good;
    safetensors s = {0};
    int status = safetensors_read(&s, good->data, good->size, "the last good state", e);
    if (status == 0)
        status = model_get_state(m, &s, e);
    safetensors_release(&s);
    if (status != 0)
        e->status = STATUS_DIVERGED;
    return status;
}

int model_roll_back(model *m, error *e)
{
    uint64_t n_halvings = m->memory.n_halvings + 1;
    error why = *e;
    if (e->status != STATUS_DIVERGED || !rollback_is_on(&m->options) || !m->memory.good.size)
        return -1;
    if (n_halvings > MOST_HALVINGS) {
        size_t n = strlen(e->message);
        snprintf(e->message + n, sizeof e->message - n, "; the rates were halved %d times",
                 MOST_HALVINGS);
        return -1;
    }
    *e = (error){0};
    if (get_good(m, e))
        return -1;
    m->memory.n_halvings = n_halvings;
    note_rollback(m, &why);
    return 0;
}
