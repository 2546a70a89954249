/* SPDX-License-Identifier: MIT */
/* Records of TensorBoard's event files: TFRecord's framing, and as much of protocol buffers as
 * tensorflow/core/util/event.proto and framework/summary.proto need. All is little-endian. */
#include "event_records.h"
#include <string.h>

/* ---- Framing ---- */

/* CRC-32C (Castagnoli), bit by bit: events are few. */
static uint32_t crc32c(const unsigned char *data, size_t n)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

static void add_number(text *out, uint64_t v, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        unsigned char b = (unsigned char)(v >> 8 * i);
        text_add_bytes(out, &b, 1);
    }
}

/* Masked, since data may hold checksums of its own. */
static void add_checksum(text *out, const void *data, size_t n)
{
    uint32_t crc = crc32c(data, n);
    add_number(out, (uint32_t)((crc >> 15 | crc << 17) + 0xA282EAD8u), 4);
}

static void add_record(text *out, const text *event)
{
    size_t start = out->length;
    add_number(out, event->length, 8);
    add_checksum(out, out->data + start, 8);
    text_add_bytes(out, event->data, event->length);
    add_checksum(out, event->data, event->length);
}

/* ---- Fields ---- */

enum { WIRE_VARINT, WIRE_8_BYTES, WIRE_BYTES, WIRE_4_BYTES = 5 };

static void add_varint(text *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        add_number(out, v | 0x80, 1);
    add_number(out, v, 1);
}

static void add_key(text *out, unsigned field, unsigned wire)
{
    add_varint(out, field << 3 | wire);
}

static void add_count(text *out, unsigned field, uint64_t v)
{
    add_key(out, field, WIRE_VARINT);
    add_varint(out, v);
}

static void add_block(text *out, unsigned field, const void *data, size_t n)
{
    add_key(out, field, WIRE_BYTES);
    add_varint(out, n);
    text_add_bytes(out, data, n);
}

static void add_float(text *out, unsigned field, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    add_key(out, field, WIRE_4_BYTES);
    add_number(out, bits, 4);
}

/* ---- Events ---- */

/* Its time is its step, in seconds: a clock's would make every run other bytes. */
static void begin_event(text *event, uint64_t step)
{
    double time = (double)step;
    uint64_t bits;
    memcpy(&bits, &time, sizeof bits);
    add_key(event, 1, WIRE_8_BYTES);
    add_number(event, bits, 8);
    add_count(event, 2, step);
}

static void end_event(text *out, text *event, text *summary)
{
    add_block(event, 5, summary->data, summary->length);
    add_record(out, event);
    text_release(summary);
    text_release(event);
}

void event_add_version(text *out)
{
    static const char version[] = "brain.Event:2";
    text event = {0};
    begin_event(&event, 0);
    add_block(&event, 3, version, strlen(version));
    add_record(out, &event);
    text_release(&event);
}

/* As log.jsonl gives it back, by nine digits: an event is the same, made with the line or of it. */
static float as_logged(double v)
{
    text t = {0};
    const char *end;
    text_add(&t, "%.9g", v);
    real_read(&v, t.data, &end);
    text_release(&t);
    return (float)v;
}

void event_add_numbers(text *out, uint64_t step, json_t *line)
{
    text event = {0}, summary = {0};
    const char *key;
    json_t *v;
    begin_event(&event, step);
    json_object_foreach(line, key, v)
    {
        if (strcmp(key, "step") == 0 || !json_is_number(v))
            continue;
        text value = {0};
        add_block(&value, 1, key, strlen(key));
        add_float(&value, 2, as_logged(json_number_value(v)));
        add_block(&summary, 1, value.data, value.length);
        text_release(&value);
    }
    end_event(out, &event, &summary);
}

void event_add_picture(text *out, uint64_t step, const bytes *png, size_t rows, size_t cols)
{
    enum { GREY = 1 };
    static const char tag[] = "samples";
    text event = {0}, summary = {0}, value = {0}, picture = {0};
    begin_event(&event, step);
    add_count(&picture, 1, rows);
    add_count(&picture, 2, cols);
    add_count(&picture, 3, GREY);
    add_block(&picture, 4, png->data, png->size);
    add_block(&value, 1, tag, strlen(tag));
    add_block(&value, 4, picture.data, picture.length);
    add_block(&summary, 1, value.data, value.length);
    text_release(&picture);
    text_release(&value);
    end_event(out, &event, &summary);
}
