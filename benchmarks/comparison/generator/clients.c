#define _GNU_SOURCE
#include "clients.h"
#include "latency.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, MOST_EVENTS = 512, COUNTED = 1 << 22, MOST_TEXT = 4096 };

struct client *clients;
struct tally tally;
uint32_t next_number = 1;
bool recording;

static struct settings settings;
static struct script script;
static struct client **posters;
static int n_ready, n_started, n_waiting, n_released, epoll;
static uint64_t started_at, joined_since, history_at;                   /* history_at: 0 while none is waited for */
static bool history_waits;
static uint32_t *received;                                /* how many have each message */
static char buffer[MOST_CARRIED + READ_SIZE];

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static void watch(struct client *c, bool writable) {
    struct epoll_event event = {EPOLLIN | (writable ? EPOLLOUT : 0), {.ptr = c}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void flush(struct client *c) {
    while (c->out.len) {
        ssize_t sent = c->tls ? tls_send(c->tls, c->out.p, c->out.len)
                              : send(c->fd, c->out.p, c->out.len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            if (!c->tls || tls_wants_to_write(c->tls)) watch(c, true);
            return;
        }
        if (sent < 0) die("client %d: send: %s", c->number, strerror(errno));
        drop(&c->out, (size_t)sent);
    }
}

static void expand(struct client *c, struct bytes *out, const char *template, const char *body, uint32_t number) {
    char user[64];
    snprintf(user, sizeof user, "%s%d", settings.user_prefix, c->number);
    struct values values = {c->number, user, settings.room, c->token, c->secret, body, (const char *const *)c->slots,
                            number, c->cseq};
    script_expand(out, template, &values);
}

static void say(struct client *c, const char *template, const char *body, uint32_t number) {
    static struct bytes text;
    text.len = 0;
    c->cseq++;
    expand(c, &text, template, body, number);
    if (script.framing == WEBSOCKET && c->upgraded) websocket_frame(&c->out, text.p, text.len);
    else if (script.framing == SIP) sip_info(c->session, &c->out, text.p, text.len);
    else if (script.framing == SIP_TLS) sip_message(&c->out, text.p, text.len);
    else put(&c->out, text.p, text.len);
    flush(c);
}

void clients_post(uint64_t stamp) {
    static const char words[] = "the quick brown fox jumps over the lazy dog ";
    char body[MOST_TEXT];
    int n = snprintf(body, sizeof body, "~T%016llx%08x~", (unsigned long long)stamp, next_number);
    for (int i = -1; n < settings.padding; i++) body[n++] = i < 0 ? ' ' : words[i % 44];
    body[n] = 0;
    received[next_number % COUNTED] = 0;
    uint32_t number = next_number++;
    say(posters[number % (unsigned)settings.n_posters], script.post, body, number);
}

/* ---- deliveries ------------------------------------------------------------------------------------------------- */

void tally_reset(void) {
    tally = (struct tally){.first = next_number};
    latency_reset();
    for (int i = 0; i < settings.n; i++) {
        clients[i].disordered = false;
        memset(clients[i].last, 0, sizeof clients[i].last);
        clients[i].order = 1469598103934665603ull;
    }
}

int clients_out_of_order(void) {
    int n = 0;
    for (int i = 0; i < settings.n; i++) n += clients[i].disordered || clients[i].order != clients[0].order;
    return n;
}

static void deliver(struct client *c, const char *mark, uint64_t at) {
    uint64_t sent = hex_value(mark + 2, 16);
    uint32_t number = (uint32_t)hex_value(mark + 18, 8);
    if (sent < started_at || number < tally.first || number >= next_number) return;      /* of before, or history */
    c->order = (c->order ^ number) * 1099511628211ull;
    uint32_t *last = &c->last[number % (uint32_t)settings.n_posters];
    if (number <= *last) c->disordered = true;
    *last = number;
    uint32_t have = ++received[number % COUNTED];
    if (have == (uint32_t)settings.n) tally.complete++;
    else if (have > (uint32_t)settings.n) tally.doubled++;
    tally.deliveries++;
    tally.last_at = at;
    if (recording) latency_record(at > sent ? at - sent : 0);
}

static void look_for_marks(struct client *c, const char *p, size_t n, uint64_t at) {
    const char *end = p + n;
    while (p < end && (p = memchr(p, '~', (size_t)(end - p)))) {
        if (end - p < MARK) {
            c->n_carried = (int)(end - p);
            memcpy(c->carried, p, (size_t)c->n_carried);
            return;
        }
        if (p[1] == 'T' && p[MARK - 1] == '~') { deliver(c, p, at); p += MARK; }
        else p++;
    }
}

/* ---- the script, and history ------------------------------------------------------------------------------------ */

static char *found_in_talk(struct client *c, const char *text) {
    return c->talk.len ? memmem(c->talk.p, c->talk.len, text, strlen(text)) : NULL;
}

static bool expect(struct client *c, const struct step *step) {
    const char *found = found_in_talk(c, step->text);
    if (!found) return false;
    drop(&c->talk, (size_t)(found - c->talk.p) + strlen(step->text));
    if (script.framing == WEBSOCKET && !c->upgraded) {
        c->upgraded = true;
        websocket_walk(&c->ws, c->talk.p, c->talk.len, &c->out);
    }
    return true;
}

static bool capture(struct client *c, const struct step *step) {
    char *start = found_in_talk(c, step->text);
    if (!start) return false;
    start += strlen(step->text);
    const char *end = strstr(start, step->until);
    if (!end) return false;
    c->slots[step->slot] = strndup(start, (size_t)(end - start));
    drop(&c->talk, (size_t)(end - c->talk.p));
    return true;
}

static void hash(struct client *c, const struct step *step) {
    struct bytes text = {0};
    unsigned char sum[16];
    char *digits = malloc(2 * sizeof sum + 1);
    expand(c, &text, step->text, NULL, 0);
    md5(text.p, text.len, sum);
    for (size_t i = 0; i < sizeof sum; i++) snprintf(digits + 2 * i, 3, "%02x", sum[i]);
    c->slots[step->slot] = digits;
    free(text.p);
}

static void leave(struct client *c) {
    close(c->fd);
    c->fd = -1;
}

/* Do a step of the script; false: not yet. */
static bool done(struct client *c, const struct step *step) {
    switch (step->act) {
        case SEND: say(c, step->text, NULL, 0); return true;
        case EXPECT: return expect(c, step);
        case CAPTURE: return capture(c, step);
        case HASH: hash(c, step); return true;
        case GATE: n_waiting++; return false;
        case LEAVE: leave(c); return true;
    }
    return false;
}

static void advance(struct client *c) {
    for (; c->step < script.n_steps; c->step++) if (!done(c, &script.steps[c->step])) return;
    c->ready = true;
    c->talk.len = 0;
    n_ready++;
}

static void look_for_history(struct client *c) {
    bool whole = script.framing != WEBSOCKET || websocket_is_between(&c->ws);
    if (whole && memmem(c->talk.p, c->talk.len, script.history_done, strlen(script.history_done))) {
        history_waits = false;
        history_at = now_ns();
    }
}

uint64_t clients_history(double limit_s, int *messages, size_t *size) {
    struct client *c = &clients[0];
    uint64_t start = now_ns(), limit = start + (uint64_t)(limit_s * 1e9);
    c->talk.len = 0;
    history_waits = true;
    say(c, script.history, NULL, next_number++);
    while (history_waits) {
        clients_turn(100);
        if (now_ns() > limit) return 0;
    }
    *messages = 0;
    *size = c->talk.len;
    for (char *p = c->talk.p; (p = memmem(p, (size_t)(c->talk.p + c->talk.len - p), "~T", 2)); p += 2) ++*messages;
    return history_at - start;
}

static bool is_at_gate(const struct client *c) {
    return c->step < script.n_steps && script.steps[c->step].act == GATE;
}

/* ---- receiving -------------------------------------------------------------------------------------------------- */

/* What the protocol itself asks for: answers, pongs. */
static void keep_protocol(struct client *c, const char *p, size_t n) {
    if (script.framing == WEBSOCKET && c->upgraded && !websocket_walk(&c->ws, p, n, &c->out))
        die("client %d: the server closed the WebSocket: %.*s", c->number, (int)c->ws.control.len, c->ws.control.p);
    if (script.framing == SIP || script.framing == SIP_TLS) {
        static struct bytes refused;
        refused.len = 0;
        put(&c->in, p, n);
        sip_walk(c->session, &c->in, &c->out, &refused);
        if (refused.len && (c->ready || c->session))      /* before, it may be a challenge */
            die("client %d was refused: %.600s", c->number, refused.p);
    }
    flush(c);                                             /* all answers to one read in one write */
}

static void check_refusal(struct client *c, const char *p, size_t n) {
    const char *found = script.refused && c->posts ? memmem(p, n, script.refused, strlen(script.refused)) : NULL;
    if (found) die("client %d was refused: %.*s", c->number, (int)(n - (size_t)(found - p)), found);
}

/* Take what has come; p is in the buffer, so that there is room before it. */
static void take(struct client *c, char *p, size_t n) {
    uint64_t at = now_ns();
    keep_protocol(c, p, n);
    if (!c->ready) { put(&c->talk, p, n); if (!is_at_gate(c)) advance(c); return; }
    if (history_waits && c == &clients[0]) { put(&c->talk, p, n); look_for_history(c); return; }
    check_refusal(c, p, n);
    size_t carried = (size_t)c->n_carried;
    memcpy(p - carried, c->carried, carried);
    c->n_carried = 0;
    look_for_marks(c, p - carried, carried + n, at);
}

static void readable(struct client *c) {
    char *start = buffer + MOST_CARRIED;
    do {
        ssize_t n = c->tls ? tls_recv(c->tls, start, READ_SIZE) : recv(c->fd, start, READ_SIZE, 0);
        if (n < 0 && errno == EAGAIN) { flush(c); return; }       /* TLS may have waited for what was read */
        if (n <= 0) die("client %d: %s at step %d; it was told last: %.300s", c->number,
                        n ? strerror(errno) : "the server closed the connection", c->step,
                        c->talk.len ? c->talk.p : "");
        take(c, start, (size_t)n);
    } while (c->tls && c->fd >= 0);                       /* TLS may have more that was read already */
}

static void handle(struct client *c, uint32_t events) {
    if (events & EPOLLOUT) {
        watch(c, false);
        if (!c->step && !c->ready && !is_at_gate(c)) advance(c);          /* it is connected now */
        else flush(c);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
}

void clients_turn(int ms) {
    struct epoll_event events[MOST_EVENTS];
    int n = epoll_wait(epoll, events, MOST_EVENTS, ms);
    for (int i = 0; i < n; i++) handle(events[i].data.ptr, events[i].events);
}

void clients_turn_until(uint64_t end) {
    for (uint64_t now; (now = now_ns()) < end;)
        clients_turn(end - now > 100000000 ? 100 : (int)((end - now) / 1000000));
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

/* One line a client: its token, and behind a tab, if it has one, its secret. */
static void load_tokens(const char *path) {
    char line[4096];
    FILE *file = fopen(path, "r");
    if (!file) die("cannot open %s", path);
    for (int i = 0; i < settings.n; i++) {
        if (!fgets(line, sizeof line, file)) die("%d clients need as many tokens, not %d", settings.n, i);
        line[strcspn(line, "\r\n")] = 0;
        char *secret = line;
        clients[i].token = strdup(strsep(&secret, "\t"));
        clients[i].secret = strdup(secret ? secret : "");
    }
    fclose(file);
}

static void take_sessions(const char *path) {
    int n = 0;
    struct session *sessions = sessions_load(path, &n);
    if (n < settings.n) die("%d clients need as many sessions, not %d", settings.n, n);
    for (int i = 0; i < settings.n; i++) clients[i].session = &sessions[i];
}

void clients_make(const struct settings *given) {
    settings = *given;
    script_load(&script, settings.script);
    if (settings.n_posters > settings.n) settings.n_posters = settings.n;
    if (settings.n_posters > MOST_POSTERS) die("at most %d clients can post", MOST_POSTERS);
    if (settings.padding > MOST_TEXT - 1) die("messages have at most %d characters", MOST_TEXT - 1);
    clients = calloc((size_t)settings.n, sizeof *clients);
    posters = calloc((size_t)settings.n_posters, sizeof *posters);
    received = calloc(COUNTED, sizeof *received);
    epoll = epoll_create1(0);
    for (int i = 0; i < settings.n; i++) { clients[i].number = i; clients[i].token = clients[i].secret = ""; }
    for (int i = 0; i < settings.n_posters; i++) {
        posters[i] = &clients[i * (settings.n / settings.n_posters)];
        posters[i]->posts = true;
    }
    if (settings.tokens) load_tokens(settings.tokens);
    if (settings.sessions) take_sessions(settings.sessions);
    if (script.framing == SIP && !settings.sessions) die("SIP needs sessions that are open already");
}

static void start(struct client *c) {
    struct epoll_event event = {EPOLLIN | EPOLLOUT, {.ptr = c}};
    if (c->session) c->fd = c->session->fd;
    else {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int on = 1;
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (c->fd < 0) die("socket: %s", strerror(errno));
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
            die("connect: %s", strerror(errno));
        if (script.framing == SIP_TLS) c->tls = tls_open(c->fd);
    }
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event)) die("client %d: epoll: %s", c->number, strerror(errno));
}

int clients_ready(void) { return n_ready; }

const char *clients_stuck(void) {
    for (int i = 0; i < settings.n; i++)
        if (!clients[i].ready) return clients[i].talk.len ? clients[i].talk.p : "nothing at all";
    return "";
}

uint64_t clients_joined_since(void) { return joined_since; }

/* So many at once are on their way: to the gate, if there is one, and then from there. */
static void send_more(void) {
    while (n_started < settings.n && n_started - n_ready - n_waiting < settings.at_once) start(&clients[n_started++]);
    if (n_waiting < settings.n) return;
    if (!n_released) joined_since = now_ns();
    while (n_released < settings.n && n_released - n_ready < settings.at_once) {
        struct client *c = &clients[n_released++];
        c->step++;
        advance(c);
    }
}

bool clients_join(double limit_s) {
    started_at = joined_since = now_ns();
    while (n_ready < settings.n) {
        send_more();
        clients_turn(100);
        if (now_ns() > started_at + (uint64_t)(limit_s * 1e9)) return false;
    }
    return true;
}
