/* SPDX-License-Identifier: MIT */
/* A trained model from a run folder, one of its files, or a file made elsewhere. */
#include "safetensors_detail.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"

enum {
    MAX_SETTINGS_DEPTH = 8,
};

/* ---- Networks ---- */

static network_plan generator_plan(const char *prefix, const char *spec, size_t z_dim)
{
    return (network_plan){"generator", prefix, spec, z_dim, PICTURE_PIXELS};
}

static network_plan discriminator_plan(const char *spec)
{
    return (network_plan){"discriminator", "D.", spec, PICTURE_PIXELS, 1};
}

static int check_discriminator(const network *d, const char *path, error *e)
{
    for (size_t i = 0; i < d->n_layers; i++)
        if (d->layers[i].has_batchnorm)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: the discriminator's spec '%s' has bn, which mixes the samples of a "
                        "batch: only generators may have it",
                        path, d->spec);
    return 0;
}

/* The range of the pictures; false when it is none. */
static bool set_range(model_file *m, double low, double high)
{
    if (!(fabs(low) <= (double)FLT_MAX && fabs(high) <= (double)FLT_MAX))
        return false; /* converting it would be undefined */
    m->low = (float)low;
    m->high = (float)high;
    return m->low < m->high;
}

/* ---- Our own files ---- */

static int check_source_of_own(const safetensors *s, const model_source *source, bool is_state,
                               error *e)
{
    const char *option = source->generator       ? "--generator"
                         : source->discriminator ? "--discriminator"
                         : source->range         ? "--range"
                                                 : NULL;
    if (option)
        return fail(e, STATUS_USAGE, "%s: %s is for files made elsewhere; the file says its own",
                    s->path, option);
    if (source->weights && !is_state)
        return fail(e, STATUS_USAGE,
                    "%s: --weights chooses in a state.safetensors; this model has one set",
                    s->path);
    return 0;
}

static bool has_prefix(const safetensors *s, const char *prefix)
{
    for (size_t i = 0; i < s->n_entries; i++)
        if (begins_with(s->entries[i].name, prefix))
            return true;
    return false;
}

/* Where the generator's tensors are: "G." or "G_ema.". */
static int choose_weights(const char **prefix, const safetensors *s, const char *weights, error *e)
{
    bool has_average = has_prefix(s, "G_ema.");
    bool wants_average = !weights ? has_average : strcmp(weights, "ema") == 0;
    if (weights && !wants_average && strcmp(weights, "raw") != 0)
        return fail(e, STATUS_USAGE, "--weights: '%s' is neither ema nor raw", weights);
    if (wants_average && !has_average)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: has no averaged weights (no tensor under 'G_ema.'); use --weights raw",
                    s->path);
    *prefix = wants_average ? "G_ema." : "G.";
    return 0;
}

static int read_step(uint64_t *step, const safetensors *s, error *e)
{
    const char *written = safetensors_metadata(s, "step");
    char *end;
    *step = 0;
    if (!written)
        return 0;
    errno = 0;
    *step = strtoull(written, &end, 10);
    if (!isdigit((unsigned char)*written) || *end != '\0' || errno != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'step' is '%s', expected a number", s->path,
                    written);
    return 0;
}

/* Eight hexadecimal digits, as state.c writes them; anything else tells nothing. */
static void read_data_checksum(model_file *m, const safetensors *s)
{
    const char *written = safetensors_metadata(s, "data_crc32");
    if (!written || strlen(written) != 8 || strspn(written, "0123456789abcdef") != 8)
        return;
    m->data_checksum = (uint32_t)strtoul(written, NULL, 16);
    m->has_data_checksum = true;
}

/* Parses the settings; *generator and *discriminator belong to them, the latter NULL where there is
 * none. */
static int read_settings(model_file *m, const char **generator, const char **discriminator,
                         const safetensors *s, error *e)
{
    const char *written = safetensors_metadata(s, "settings");
    json_error_t found;
    json_int_t z_dim;
    json_t *d = NULL;
    double low, high;
    if (!written)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings' is missing", s->path);
    m->settings = json_read(written, strlen(written), MAX_SETTINGS_DEPTH, "metadata 'settings'",
                            STATUS_BAD_INPUT, e);
    if (!m->settings)
        return fail_in(e, "%s", s->path);
    if (json_unpack_ex(m->settings, &found, 0, "{s:s, s?o, s:I, s:[F,F]}", "generator", generator,
                       "discriminator", &d, "z-dim", &z_dim, "range", &low, &high) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': %s", s->path, found.text);
    if (d && !json_is_null(d) && !json_is_string(d))
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': discriminator is not a text",
                    s->path);
    if (z_dim < 1 || z_dim > MAX_Z_DIM)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': z-dim is %lld, expected 1 to %d",
                    s->path, (long long)z_dim, (int)MAX_Z_DIM);
    if (!set_range(m, low, high))
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': range is from %g to %g", s->path,
                    low, high);
    m->z_dim = (size_t)z_dim;
    *discriminator = json_string_value(d);
    return 0;
}

static int load_own(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    const char *version = safetensors_metadata(s, "version");
    const char *kind = safetensors_metadata(s, "kind");
    const char *prefix = "G.", *generator, *discriminator = NULL;
    if (!version || strcmp(version, "1") != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: of version '%s', only '1' is read here", s->path,
                    !version ? "" : version);
    bool is_state = kind && strcmp(kind, "state") == 0;
    m->is_state = is_state;
    if (!is_state && (!kind || strcmp(kind, "model") != 0))
        return fail(e, STATUS_BAD_INPUT, "%s: of kind '%s', expected 'model' or 'state'", s->path,
                    !kind ? "" : kind);
    if (check_source_of_own(s, source, is_state, e) < 0 || read_step(&m->step, s, e) < 0 ||
        read_settings(m, &generator, &discriminator, s, e) < 0 ||
        (is_state && choose_weights(&prefix, s, source->weights, e) < 0))
        return -1;
    read_data_checksum(m, s);
    m->g_prefix = copy_text(prefix);
    m->d_prefix = copy_text("D.");
    if (network_load(&m->g, s, generator_plan(prefix, generator, m->z_dim), e) < 0 ||
        (discriminator && (network_load(&m->d, s, discriminator_plan(discriminator), e) < 0 ||
                           check_discriminator(&m->d, m->path, e) < 0))) {
        e->status = STATUS_BAD_INPUT; /* a bad spec is the file's fault, not an option's */
        return -1;
    }
    return 0;
}

/* ---- Files made elsewhere ---- */

static int choose_range(model_file *m, const double *range, error *e)
{
    activation_kind last = m->g.layers[m->g.n_layers - 1].f.kind;
    if (!range && last != TANH && last != SIGMOID)
        return fail(e, STATUS_USAGE,
                    "%s: the generator does not end in tanh or sigmoid, so give --range LOW,HIGH",
                    m->path);
    double low = range ? range[0] : last == TANH ? -1.0 : 0.0;
    double high = range ? range[1] : 1.0;
    if (!set_range(m, low, high))
        return fail(e, STATUS_USAGE, "%s: --range: expected LOW below HIGH, found %g,%g", m->path,
                    low, high);
    return 0;
}

/* PyTorch's default of 1e-5 against the 1e-3 of a spec is too small a difference to be noticed. */
static void warn_of_eps(model_file *m)
{
    bool has_default = false;
    text t = {0};
    for (size_t i = 0; i < m->g.n_layers; i++)
        has_default |= m->g.layers[i].has_batchnorm && !m->g.layers[i].eps_is_written;
    if (has_default)
        text_add(&t,
                 "%s: --generator has bn without an eps, taken as 1e-3; PyTorch's default is 1e-5: "
                 "write bn=1e-5 or bn=1e-3",
                 m->path);
    m->warning = t.data;
}

static int load_foreign(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    if (!source->generator)
        return fail(e, STATUS_USAGE,
                    "%s: was not written by ganlens; give --generator SPEC to say what its "
                    "generator is",
                    s->path);
    if (source->weights)
        return fail(e, STATUS_USAGE, "%s: --weights chooses in a state of ganlens", s->path);
    if (network_find(&m->g, &m->g_prefix, s, generator_plan("G.", source->generator, 0), NULL, e))
        return -1;
    m->z_dim = m->g.n_in;
    if (source->discriminator &&
        (network_find(&m->d, &m->d_prefix, s, discriminator_plan(source->discriminator),
                      m->g_prefix, e) < 0 ||
         check_discriminator(&m->d, m->path, e) < 0))
        return -1;
    warn_of_eps(m);
    return choose_range(m, source->range, e);
}

/* ---- Opening ---- */

/* The file to read for a path the user gave, which the caller frees; NULL: a folder without one. */
static char *find_model(const char *path, error *e)
{
    static const char *const names[] = {"model.safetensors", "state.safetensors"};
    if (!is_folder(path))
        return copy_text(path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *file = join_path(path, names[i]);
        if (is_file(file))
            return file;
        free(file);
    }
    fail(e, STATUS_BAD_INPUT, "%s: this folder holds neither %s nor %s", path, names[0], names[1]);
    return NULL;
}

int model_file_load(model_file *m, const model_source *source, error *e)
{
    static const char ours[] = "ganlens";
    safetensors s = {0};
    int status = -1;
    *m = (model_file){.path = find_model(source->path, e),
                      .shape = {PICTURE_SIDE, PICTURE_SIDE, PICTURE_PIXELS}};
    if (!m->path)
        goto cleanup;
    if (safetensors_load(&s, m->path, e) < 0) {
        explain_pickle(m->path, e);
        goto cleanup;
    }
    const char *format = safetensors_metadata(&s, "format");
    m->is_foreign = !format || strcmp(format, ours) != 0;
    status = m->is_foreign ? load_foreign(m, &s, source, e) : load_own(m, &s, source, e);
cleanup:
    safetensors_release(&s);
    if (status < 0)
        model_file_release(m);
    return status;
}

void model_file_release(model_file *m)
{
    network_release(&m->g);
    network_release(&m->d);
    json_decref(m->settings);
    free(m->path);
    free(m->g_prefix);
    free(m->d_prefix);
    free(m->warning);
    *m = (model_file){0};
}
