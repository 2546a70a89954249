/* SPDX-License-Identifier: MIT */
/* Any bytes as a safetensors file: refused with a message, or every tensor's data is in the file.
 */
#include "checkpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    safetensors s;
    error e = {0};
    int result = safetensors_read(&s, data, size, "fuzz", &e);
    if (result < 0 && (e.status != STATUS_BAD_INPUT || e.message[0] == '\0'))
        abort();
    for (size_t i = 0; i < s.n_entries; i++)
        if (s.entries[i].data < s.file.data || s.entries[i].n_bytes > s.file.size ||
            s.entries[i].data > s.file.data + s.file.size - s.entries[i].n_bytes)
            abort();
    safetensors_release(&s);
    return 0;
}
