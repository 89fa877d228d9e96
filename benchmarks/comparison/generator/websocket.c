#include "websocket.h"
#include <string.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80, MASKED = 0x80, LENGTH = 0x7f };

void websocket_frame(struct bytes *out, const char *text, size_t n) {
    unsigned char head[8] = {FIN | TEXT};
    size_t size = 2;
    if (n < 126) head[1] = (unsigned char)(MASKED | n);
    else if (n < 65536) {
        head[1] = MASKED | 126;
        head[2] = (unsigned char)(n >> 8);
        head[3] = (unsigned char)n;
        size = 4;
    } else die("a frame of %zu bytes is too long", n);
    put(out, (char *)head, size + 4);                     /* and the mask: four zeros */
    put(out, text, n);
}

static void pong(struct websocket *ws, struct bytes *out) {
    unsigned char head[6] = {FIN | PONG, (unsigned char)(MASKED | ws->control.len)};
    put(out, (char *)head, sizeof head);
    put(out, ws->control.p ? ws->control.p : "", ws->control.len);
}

/* How long the head is, as far as its first bytes tell. */
static int head_size(const struct websocket *ws) {
    if (ws->n_head < 2) return 2;
    int length = ws->head[1] & LENGTH;
    return length == 126 ? 4 : length == 127 ? 10 : 2;
}

static uint64_t payload_size(const unsigned char *head, int n) {
    uint64_t size = 0;
    if (n == 2) return head[1] & LENGTH;
    for (int i = 2; i < n; i++) size = size << 8 | head[i];
    return size;
}

static bool frame_ended(struct websocket *ws, struct bytes *out) {
    if (ws->kind == PING) pong(ws, out);
    ws->control.len = 0;
    return ws->kind != CLOSE;
}

bool websocket_walk(struct websocket *ws, const char *p, size_t n, struct bytes *out) {
    while (n) {
        if (ws->missing) {
            size_t piece = n < ws->missing ? n : ws->missing;
            if (ws->kind >= CLOSE) put(&ws->control, p, piece);
            p += piece; n -= piece; ws->missing -= piece;
        } else {
            ws->head[ws->n_head++] = (unsigned char)*p++; n--;
            int size = head_size(ws);
            if (ws->n_head < size) continue;
            ws->kind = ws->head[0] & 15;
            ws->missing = payload_size(ws->head, size);
            ws->n_head = 0;
        }
        if (!ws->missing && !frame_ended(ws, out)) return false;
    }
    return true;
}

bool websocket_is_between(const struct websocket *ws) { return !ws->missing && !ws->n_head; }
