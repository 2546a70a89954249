/* SPDX-License-Identifier: MIT */
/* The words for what an array is: those of explanation.json and of the page that explains them. */
#include "explain.h"

const array_space_row array_spaces[] = {
    [SPACE_SCALAR] = {"scalar", "one number", {AXIS_NONE}},
    [SPACE_SWEEP] = {"sweep",
                     "components of z, each moved while the others stay: the points by rising "
                     "place; of a point the place, the target there, then the picture",
                     {AXIS_OPEN, AXIS_OPEN, AXIS_SWEEP_POINT}},
    [SPACE_Z] = {"z", "a number for each component of z", {AXIS_Z}},
    [SPACE_X] = {"x", "a number for each pixel, row by row", {AXIS_PIXELS}},
    [SPACE_X_LIST] = {"x-list", "several maps of the pixels", {AXIS_OPEN, AXIS_PIXELS}},
    [SPACE_LAYER] = {"layer", "a number for each unit of a layer", {AXIS_OPEN}},
    [SPACE_CURVE] = {"curve",
                     "the points of one or more curves; the first row is what they are drawn over",
                     {AXIS_OPEN, AXIS_OPEN}},
    [SPACE_MATRIX] = {"matrix", "rows and columns", {AXIS_OPEN, AXIS_OPEN}},
    [SPACE_TREE] = {"tree",
                    "a decision tree that looks at components of z, a node in each row",
                    {AXIS_OPEN, AXIS_TREE_NODE}},
    [SPACE_NETWORK] = {"network",
                       "units of the layers of a network, which stand in columns, and lines "
                       "between them, each in a row",
                       {AXIS_OPEN, AXIS_NETWORK}},
    [SPACE_TABLE] = {"table", "columns that have names", {AXIS_OPEN, AXIS_OPEN}},
    [SPACE_CLASS] = {"class", "a number for each class of a conditional model", {AXIS_OPEN}},
    {0}};

const array_word array_signs[] = {
    [SIGN_SIGNED] = {"signed", "numbers above 0 and below it mean opposite things"},
    [SIGN_MAGNITUDE] = {"magnitude", "numbers are never below 0"},
    [SIGN_PLAIN] = {"plain", "numbers are values in their own right, such as pixels"},
    {0}};

const array_word array_roles[] = {
    [ROLE_ATTRIBUTION] = {"attribution", "it says which parts of z or of the picture made the "
                                         "target"},
    [ROLE_EVIDENCE] = {"evidence", "it shows what an attribution rests on"},
    [ROLE_TRUST] = {"trust", "it says how far the attributions can be trusted"},
    [ROLE_RAW] = {"raw", "it is stored, but neither drawn nor spoken of"},
    {0}};
