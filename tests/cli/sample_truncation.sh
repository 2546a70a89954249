#!/bin/sh
# SPDX-License-Identifier: MIT
# gansample --truncation PSI draws from PSI times z: compared with z that are so from the start.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1

# write_z FILE FLOAT: a tensor z of one row of four times that float, its bytes in octal.
write_z() {
    printf '\100\0\0\0\0\0\0\0%-64s' '{"z":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}' >"$1"
    printf "$2$2$2$2" >>"$1"
}
write_z one.safetensors '\0\0\200\77'
write_z half.safetensors '\0\0\0\77'
write_z three.safetensors '\0\0\100\100'

ok 'truncation 0.5 draws from a z of 1' gansample run --z one.safetensors:z --truncation 0.5 --pairs got.safetensors
ok 'a z of 1/2 is drawn from' gansample run --z half.safetensors:z --pairs want.safetensors
ok 'half of 1 has the z and the picture of 1/2' same got.safetensors want.safetensors
ok 'truncation 3 draws from a z of 1' gansample run --z one.safetensors:z --truncation 3 --pairs got.safetensors
ok 'a z of 3 is drawn from' gansample run --z three.safetensors:z --pairs want.safetensors
ok 'three times 1 has the z and the picture of 3' same got.safetensors want.safetensors

ok 'seeds are drawn with their z' gansample run --seeds 7-9 --pairs seeds.safetensors
ok 'seeds are drawn with truncation 0.5' gansample run --seeds 7-9 --truncation 0.5 --npy got.npy
ok 'the z of these seeds are drawn with truncation 0.5' gansample run --z seeds.safetensors:z --truncation 0.5 --npy want.npy
ok 'truncated seeds are drawn from half their z' same got.npy want.npy
finish
