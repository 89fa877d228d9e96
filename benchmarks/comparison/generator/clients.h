/* The clients of one room: they sign in by a script, and note what is delivered to them. */
#ifndef CLIENTS_H
#define CLIENTS_H
#include "script.h"
#include "sip.h"
#include "tls.h"
#include "websocket.h"
#include <stdbool.h>

enum { MARK = 27, MOST_CARRIED = 32, MOST_POSTERS = 16 };      /* a mark: "~T<16 hex digits of ns><8 of the number>~" */

struct client {
    int fd, number, step;
    bool ready, posts, upgraded;
    struct bytes out;                        /* what the socket would not take yet */
    struct bytes in;                         /* the beginning of a SIP message */
    struct bytes talk;                       /* of the script, or an answer that is waited for: not matched yet */
    char carried[MOST_CARRIED]; int n_carried;         /* the beginning of a mark, at the end of what was read */
    struct websocket ws;
    struct session *session;                 /* NULL where nothing is signed */
    struct tls *tls;                         /* NULL for plain TCP */
    const char *token, *secret;
    char *slots[SLOTS];
    uint32_t cseq;
    uint64_t order;                          /* a hash of the numbers in the order in which they came */
    bool disordered;                         /* a poster's own messages came otherwise than he posted them */
    uint32_t last[MOST_POSTERS];
};

/* What is measured between two calls of `tally_reset`. */
struct tally { uint32_t first; uint64_t deliveries, complete, doubled, last_at; };

struct settings {
    int port, n, at_once, n_posters, padding;
    const char *room, *user_prefix, *script, *tokens, *sessions;
};

extern struct client *clients;
extern struct tally tally;
extern uint32_t next_number;                 /* of the message that is posted next */
extern bool recording;                       /* whether latencies count */

void clients_make(const struct settings *settings);
bool clients_join(double limit_s);           /* all of them; false: not in time */
uint64_t clients_joined_since(void);         /* when the first one connected, or the gate opened */
int clients_ready(void);
const char *clients_stuck(void);             /* what one of those that are not ready was told last */
void clients_turn(int ms);                   /* handle what has come, for at most so long */
void clients_turn_until(uint64_t ns);
void clients_post(uint64_t stamp_ns);        /* by the posters in turns */
int clients_out_of_order(void);              /* how many had another order than the first, or than a poster's */
void tally_reset(void);

/* Ask for a page of history, by the first client: how long it took in ns, 0 if there was no answer in time. */
uint64_t clients_history(double limit_s, int *messages, size_t *size);
#endif
