/* SPDX-License-Identifier: MIT */
/* A small model that sees its pictures, whole and with layers drawn anew. After <cmocka.h>. */
#ifndef GANLENS_SEEING_SCENE_H
#define GANLENS_SEEING_SCENE_H

#include "scene.h"
#include "../src/trust/layer_chain.h"

enum { Z_DIM = 24, SIDE = 8 };

static inline scene seeing_scene(const char *words)
{
    scene s = scene_of_shape("40:bn=1e-3:lrelu=0.3,32:bn=1e-3:relu,64:tanh",
                             "32:lrelu=0.2,24:lrelu=0.2,1", Z_DIM, shape_of(SIDE, SIDE));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    if (words)
        aim(&s, words);
    return s;
}

/* Its seed is 4. */
static inline void make_random(other_model *m, const scene *s, layer_choice which)
{
    layer_chain c;
    error e = {0};
    layer_chain_init(&c, &s->x);
    if (random_model_init(m, &s->x, &c, &which, 4, NULL, &e))
        fail_msg("%s", e.message);
    layer_chain_release(&c);
}

#endif
