/* SPDX-License-Identifier: MIT */
#include "session.h"

const option_row checkpoint_option_rows[4] = {
    OPTION_TEXT(checkpoint_options, generator, .name = "generator", .role = ROLE_RESULT,
                .value = "SPEC",
                .summary = "Layers of G in a safetensors file made elsewhere, such as "
                           "256:bn=1e-5:lrelu=0.2,784:tanh; its tensors are named as "
                           "torch.nn.Sequential names them, after any prefix."),
    OPTION_TEXT(checkpoint_options, discriminator, .name = "discriminator", .role = ROLE_RESULT,
                .value = "SPEC", .summary = "Layers of D in such a file."),
    OPTION_PAIR(checkpoint_options, range, .name = "range", .role = ROLE_RESULT, .low = -1e6,
                .high = 1e6, .value = "LOW,HIGH",
                .summary = "Values of black and white in such a file; after G's last activation "
                           "when not given."),
    OPTION_CHOICE(checkpoint_options, weights, .name = "weights", .role = ROLE_RESULT,
                  .value = "WHICH", .choices = WORDS("ema", "raw"),
                  .summary = "G's moving average or its last weights, from a state.safetensors; "
                             "the average, where there is one, when not given."),
};

int checkpoint_open(model_file *m, voice *v, const char *path, const checkpoint_options *o,
                    bool wants_checksum, error *e)
{
    model_source source = {.path = path,
                           .weights = o->weights,
                           .generator = o->generator,
                           .discriminator = o->discriminator,
                           .wants_checksum = wants_checksum,
                           .range = isnan(o->range[0]) ? NULL : o->range};
    if (model_file_load(m, &source, e))
        return -1;
    if (m->warning)
        warn(v, "%s", m->warning);
    return 0;
}
