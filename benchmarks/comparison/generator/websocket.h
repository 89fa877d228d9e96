/* WebSocket frames (RFC 6455) as a client has them. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H
#include "bytes.h"
#include <stdbool.h>

struct websocket { uint64_t missing; unsigned char head[14]; int n_head, kind; struct bytes control; };

/* Append text as one frame. It is masked by zeros, which leaves it as it is. */
void websocket_frame(struct bytes *out, const char *text, size_t n);

/* Walk through what arrived; pings are answered in out. False: the server closed. */
bool websocket_walk(struct websocket *ws, const char *p, size_t n, struct bytes *out);

/* Whether all frames that began have ended. */
bool websocket_is_between(const struct websocket *ws);
#endif
