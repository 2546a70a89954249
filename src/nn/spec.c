/* SPDX-License-Identifier: MIT */
/* The network spec: "256:bn:lrelu=0.3,784:tanh" to layers. */
#include "network_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 64, MAX_WIDTH = 65536, MAX_WORD = 32 };

/* Where the parser stands; words of a layer are separated by ':', layers by ','. */
typedef struct {
    const char *spec, *at;
    size_t i_layer, index; /* index: the next position in torch.nn.Sequential */
} spec_reader;

static int refuse(const spec_reader *r, const char *word, const char *why, error *e)
{
    return fail(e, STATUS_USAGE, "network '%.200s': layer %zu: '%.40s': %s", r->spec,
                r->i_layer + 1, word, why);
}

/* The next word of the layer, up to ':', ',' or the end, without the separator. */
static int next_word(spec_reader *r, char word[MAX_WORD], error *e)
{
    size_t n = strcspn(r->at, ":,");
    if (n == 0 || n >= MAX_WORD)
        return refuse(r, r->at, n == 0 ? "a word is missing here" : "too long", e);
    memcpy(word, r->at, n);
    word[n] = 0;
    r->at += n;
    return 0;
}

/* The number after '=', in [low, high) also as a float (0.99999999999 would drop everything);
 * word's
 * '=' is replaced by the end of the word. */
static int read_value(const spec_reader *r, char *word, double low, double high, float *value,
                      bool *is_written, error *e)
{
    char *equals = strchr(word, '=');
    *is_written = equals;
    if (!equals)
        return 0;
    *equals = 0;
    const char *end = NULL;
    double v = 0;
    if (!real_read(&v, equals + 1, &end) || *end || !(v >= low && (double)(float)v < high)) {
        char why[80];
        snprintf(why, sizeof why, "its value must be a number from %g to below %g", low, high);
        *equals = '=';
        return refuse(r, word, why, e);
    }
    *value = (float)v;
    return 0;
}

static int read_width(spec_reader *r, layer *l, error *e)
{
    char word[MAX_WORD];
    if (next_word(r, word, e))
        return -1;
    size_t n_digits = strspn(word, "0123456789");
    l->n_out = strtoul(word, NULL, 10);
    if (word[n_digits] || n_digits > 5 || l->n_out < 1 || l->n_out > MAX_WIDTH)
        return refuse(r, word, "a layer starts with its width, 1 to 65536", e);
    l->dense_index = r->index++;
    return 0;
}

void network_spec_tell(text *out)
{
    text_add(out, "WIDTH[:sn|:bn[=EPS]][");
    for (const activation_traits *f = activations; f->name; f++)
        text_add(out, "%s%s%s", f == activations ? ":" : "|", f->name,
                 f->has_parameter ? "[=A]" : "");
    text_add(out, "][:dropout=P]");
}

static const activation_traits *find_activation(const char *name)
{
    for (const activation_traits *f = activations; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static int refuse_word(const spec_reader *r, const char *word, error *e)
{
    text why = {0};
    text_add(&why, "expected sn, bn");
    for (const activation_traits *f = activations; f->name; f++)
        text_add(&why, ", %s", f->name);
    text_add(&why, " or dropout");
    refuse(r, word, why.data, e);
    text_release(&why);
    return -1;
}

static int read_activation(spec_reader *r, layer *l, const activation_traits *f, char *word,
                           error *e)
{
    bool is_written;
    l->activation_index = r->index++;
    l->f = (activation){(activation_kind)(f - activations), f->parameter};
    if (!f->has_parameter && strchr(word, '='))
        return refuse(r, word, "this activation takes no value", e);
    return read_value(r, word, (double)f->least_parameter, (double)f->parameter_end,
                      &l->f.parameter, &is_written, e);
}

/* Its place in Sequential is the dense layer's. */
static int read_spectral_norm(spec_reader *r, layer *l, char *word, error *e)
{
    l->has_spectral_norm = true;
    return strchr(word, '=') ? refuse(r, word, "it takes no value", e) : 0;
}

static int read_batchnorm(spec_reader *r, layer *l, char *word, error *e)
{
    l->has_batchnorm = true;
    l->batchnorm_index = r->index++;
    return read_value(r, word, 1e-12, 1.0, &l->eps, &l->eps_is_written, e);
}

static int read_dropout(spec_reader *r, layer *l, char *word, error *e)
{
    bool is_written;
    l->dropout_index = r->index++;
    if (!strchr(word, '='))
        return refuse(r, word, "write the probability to drop: dropout=0.4", e);
    return read_value(r, word, 0.0, 1.0, &l->dropout, &is_written, e);
}

enum { STAGE_WIDTH, STAGE_NORM, STAGE_ACTIVATION, STAGE_DROPOUT };

/* A word that is no activation, and when it may come. */
typedef struct {
    const char *name;
    int stage;
    int (*read)(spec_reader *r, layer *l, char *word, error *e);
} word_kind;

/* The row with name NULL where there is none. */
static const word_kind *find_word(const char *name)
{
    static const word_kind kinds[] = {{"sn", STAGE_NORM, read_spectral_norm},
                                      {"bn", STAGE_NORM, read_batchnorm},
                                      {"dropout", STAGE_DROPOUT, read_dropout},
                                      {0}};
    const word_kind *k = kinds;
    while (k->name && strcmp(k->name, name) != 0)
        k++;
    return k;
}

/* before: the stage of the word before. */
static int check_order(const spec_reader *r, const layer *l, const char *word, int stage,
                       int before, error *e)
{
    bool is_batchnorm = word[0] == 'b';
    if (stage == STAGE_NORM && before == STAGE_NORM && is_batchnorm != l->has_batchnorm)
        return refuse(r, word, "sn and bn do not go together: bn undoes what sn does", e);
    if (stage == STAGE_NORM && before > STAGE_NORM && is_batchnorm)
        return refuse(r, word, "BatchNorm after the activation is not supported, only before it",
                      e);
    if (stage <= before)
        return refuse(r, word, "the order is width:sn|bn:activation:dropout, each at most once", e);
    return 0;
}

/* One word after the width; stage is that of the one before. */
static int read_word(spec_reader *r, layer *l, int *stage, error *e)
{
    char word[MAX_WORD], name[MAX_WORD];
    if (next_word(r, word, e))
        return -1;
    memcpy(name, word, sizeof name);
    name[strcspn(name, "=")] = 0;
    const activation_traits *f = find_activation(name);
    const word_kind *kind = find_word(name);
    if (!f && !kind->name)
        return refuse_word(r, word, e);
    if (check_order(r, l, word, f ? STAGE_ACTIVATION : kind->stage, *stage, e))
        return -1;
    *stage = f ? STAGE_ACTIVATION : kind->stage;
    return f ? read_activation(r, l, f, word, e) : kind->read(r, l, word, e);
}

static int read_layer(spec_reader *r, layer *l, error *e)
{
    *l = (layer){.eps = 1e-3f,
                 .batchnorm_index = NO_INDEX,
                 .activation_index = NO_INDEX,
                 .dropout_index = NO_INDEX};
    if (read_width(r, l, e))
        return -1;
    for (int stage = 0; *r->at == ':';) {
        r->at++;
        if (read_word(r, l, &stage, e))
            return -1;
    }
    return 0;
}

int spec_read(layer **layers, size_t *n_layers, const char *spec, error *e)
{
    spec_reader r = {.spec = spec, .at = spec};
    layer *read = allocate(MAX_LAYERS, sizeof *read);
    do {
        if (r.i_layer == MAX_LAYERS) {
            free(read);
            return fail(e, STATUS_USAGE, "network '%.200s': more than %d layers", spec, MAX_LAYERS);
        }
        if (read_layer(&r, &read[r.i_layer], e)) {
            free(read);
            return -1;
        }
        r.i_layer++;
    } while (*r.at++ == ',');
    *layers = read;
    *n_layers = r.i_layer;
    return 0;
}
