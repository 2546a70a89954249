/* SPDX-License-Identifier: MIT */
#include "tensor.h"
#include <math.h>

static double rectifier_divisor(double leak) { return 1.0 + leak * leak; }

const activation_traits activations[] = {
    [LINEAR] = {.name = "linear", .formula = "v", .low = -INFINITY, .high = INFINITY},
    [RELU] = {.name = "relu",
              .formula = "v above 0, else 0",
              .is_kinked = true,
              .low = 0.0f,
              .high = INFINITY,
              .he_divisor = rectifier_divisor},
    [LRELU] = {.name = "lrelu",
               .formula = "v above 0, else a v",
               .has_parameter = true,
               .parameter = 0.2f,
               .least_parameter = 0.0f,
               .parameter_end = 1.0f,
               .is_kinked = true,
               .low = -INFINITY,
               .high = INFINITY,
               .he_divisor = rectifier_divisor},
    [TANH] = {.name = "tanh",
              .formula = "(exp(v) - exp(-v)) / (exp(v) + exp(-v))",
              .is_curved = true,
              .low = -1.0f,
              .high = 1.0f},
    [SIGMOID] = {.name = "sigmoid",
                 .formula = "1 / (1 + exp(-v))",
                 .is_curved = true,
                 .is_probability = true,
                 .low = 0.0f,
                 .high = 1.0f},
    {0}};
