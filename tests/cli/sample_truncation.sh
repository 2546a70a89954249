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

ok 'half of 1' gansample run --z one.safetensors:z --truncation 0.5 --pairs got.safetensors
ok '1/2 itself' gansample run --z half.safetensors:z --pairs want.safetensors
ok 'is the z of 1/2, and its picture' same got.safetensors want.safetensors
ok 'three times 1' gansample run --z one.safetensors:z --truncation 3 --pairs got.safetensors
ok '3 itself' gansample run --z three.safetensors:z --pairs want.safetensors
ok 'is the z of 3, and its picture' same got.safetensors want.safetensors

ok 'seeds' gansample run --seeds 7-9 --pairs seeds.safetensors
ok 'half of them' gansample run --seeds 7-9 --truncation 0.5 --npy got.npy
ok 'half of their z' gansample run --z seeds.safetensors:z --truncation 0.5 --npy want.npy
ok 'seeds are drawn from half their z' same got.npy want.npy
finish
