/* The script by which a client signs in, joins and posts: see README.md of the comparison. */
#ifndef SCRIPT_H
#define SCRIPT_H
#include "bytes.h"

/* SIP: bodies for a dialog that is open already, in signed INFOs. SIP_TLS: whole messages, over TLS. */
enum framing { RAW, WEBSOCKET, SIP, SIP_TLS };

/* CAPTURE keeps what stands between text and until, HASH the MD5 of text; each in the next slot. GATE waits until all
 * clients are there (once): joining is timed from then on. LEAVE closes the connection. */
enum act { SEND, EXPECT, CAPTURE, HASH, GATE, LEAVE };
enum { MOST_STEPS = 32, SLOTS = 8 };

struct step { enum act act; char *text, *until; int slot; };

struct script {
    enum framing framing;
    struct step steps[MOST_STEPS];
    int n_steps, n_slots, n_gates;
    char *post, *history, *history_done, *refused;
};

/* What the variables of a template stand for; body may be NULL. */
struct values { int client; const char *user, *room, *token, *secret, *body, *const *slots; uint32_t seq, cseq; };

void script_load(struct script *script, const char *path);
void script_expand(struct bytes *out, const char *template, const struct values *values);
#endif
