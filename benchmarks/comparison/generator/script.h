/* The script by which a client signs in, joins and posts: see README.md of the comparison. */
#ifndef SCRIPT_H
#define SCRIPT_H
#include "bytes.h"

enum framing { RAW, WEBSOCKET, SIP };
enum act { SEND, EXPECT };
enum { MOST_STEPS = 32 };

struct step { enum act act; char *text; };

struct script {
    enum framing framing;
    struct step steps[MOST_STEPS];
    int n_steps;
    char *post, *history, *history_done, *refused;
};

/* What the variables of a template stand for; body may be NULL. */
struct values { int client; const char *user, *room, *token, *body; uint32_t seq; };

void script_load(struct script *script, const char *path);
void script_expand(struct bytes *out, const char *template, const struct values *values);
#endif
