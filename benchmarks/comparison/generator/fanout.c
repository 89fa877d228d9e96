/* fanout - one room, N clients, everybody must get every message.
 *
 * A load generator for persistent group chat that knows little of protocols. It signs N clients in by a small script
 * (send, expect), posts messages whose text carries a mark "~T<16 hex digits of ns><8 of a number>~", and looks for
 * that mark in whatever each client receives. One thread, one epoll, no allocation per message: well under a
 * microsecond a delivery, so that the server is what is measured.
 *
 *   fanout SCRIPT --port P --n 100 --room R --phases join,rate,saturation,fill,history [options]
 *
 * Prints one JSON object a phase. README.md of the comparison says what each figure means.
 */
#include "clients.h"
#include "latency.h"
#include "processes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROCESSES = 16 };

struct pids { int pid[MOST_PROCESSES], n; };
struct work {
    const char *phases;
    double rate, seconds, settle, warm_up, limit, join_limit;
    int window, fill, repeats;
    struct pids server, measured_memory;
};
struct gauge { struct usage server; double machine, own; };

static struct settings settings = {.n = 10, .at_once = 32, .n_posters = 4, .padding = 100, .room = "room",
                                   .user_prefix = "u"};
static struct work work = {.phases = "join", .rate = 20, .seconds = 15, .settle = 2, .warm_up = 2, .limit = 60,
                           .join_limit = 300, .window = 16, .repeats = 20};

static struct gauge gauge_now(void) {
    return (struct gauge){usage_of(work.server.pid, work.server.n), machine_cpu_s(), own_cpu_s()};
}

static void report(const char *phase, double wall_s, const struct gauge *a, const struct gauge *b) {
    uint64_t sent = next_number - tally.first, wanted = sent * (uint64_t)settings.n;
    double cpu = b->server.cpu_s - a->server.cpu_s, own = b->own - a->own;
    printf("{\"phase\":\"%s\",\"n\":%d,\"posted\":%llu,\"deliveries\":%llu,\"lost\":%lld,\"doubled\":%llu,"
           "\"out_of_order\":%d,\"wall_s\":%.4f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"server_cpu_s\":%.3f,"
           "\"generator_cpu_s\":%.3f,\"foreign_cpu_s\":%.3f}\n",
           phase, settings.n, (unsigned long long)sent, (unsigned long long)tally.deliveries,
           (long long)(wanted + tally.doubled - tally.deliveries), (unsigned long long)tally.doubled,
           clients_out_of_order(), wall_s, latency_ms(.5), latency_ms(.99), latency_max_ms(), cpu, own,
           b->machine - a->machine - cpu - own);
    fflush(stdout);
}

/* Wait until everybody has everything. */
static void drain(void) {
    uint64_t end = now_ns() + (uint64_t)(work.limit * 1e9);
    while (tally.complete < next_number - tally.first && now_ns() < end) clients_turn(50);
    recording = false;
}

static void join(void) {
    struct gauge a = gauge_now();
    if (!clients_join(work.join_limit))
        die("only %d of %d have joined; one was told last: %.300s", clients_ready(), settings.n, clients_stuck());
    double wall = (double)(now_ns() - clients_joined_since()) / 1e9;
    clients_turn_until(now_ns() + (uint64_t)(work.settle * 1e9));         /* until the news of who has joined is over */
    struct gauge b = gauge_now();
    struct usage after = usage_of(work.measured_memory.pid, work.measured_memory.n);
    printf("{\"phase\":\"join\",\"n\":%d,\"wall_s\":%.4f,\"server_cpu_s\":%.3f,\"rss_mb\":%.2f}\n",
           settings.n, wall, b.server.cpu_s - a.server.cpu_s, after.rss_mb);
    fflush(stdout);
}

/* Open loop: messages at fixed times; what counts is how long after these each client has it. */
static void at_rate(const char *phase, double seconds) {
    uint64_t gap = (uint64_t)(1e9 / work.rate), n = (uint64_t)(seconds * work.rate), posted = 0;
    tally_reset();
    recording = true;
    struct gauge a = gauge_now();
    uint64_t start = now_ns(), planned_end = start + n * gap;
    while (posted < n && now_ns() < planned_end + (uint64_t)(work.limit * 1e9)) {
        uint64_t due = start + posted * gap, now = now_ns();
        if (now < due) clients_turn((int)((due - now) / 1000000));
        else { clients_post(due); posted++; clients_turn(0); }
    }
    clients_turn_until(planned_end);
    drain();
    uint64_t end = tally.last_at > planned_end ? tally.last_at : planned_end;
    struct gauge b = gauge_now();
    if (phase) report(phase, (double)(end - start) / 1e9, &a, &b);
}

/* Closed loop: always so many messages on their way, each until everybody has it. Ends by time, or by count. */
static void with_window(const char *phase, double seconds, uint64_t count) {
    tally_reset();
    recording = true;
    struct gauge a = gauge_now();
    uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
    for (uint64_t posted = 0; count ? posted < count : now_ns() < end; posted = next_number - tally.first) {
        bool full = posted - tally.complete >= (uint64_t)work.window;
        if (!full) clients_post(now_ns());
        clients_turn(full ? 100 : 0);
        if (now_ns() > (tally.last_at ? tally.last_at : start) + (uint64_t)(work.limit * 1e9)) break;
    }
    drain();
    struct gauge b = gauge_now();
    if (phase) report(phase, (double)(tally.last_at - start) / 1e9, &a, &b);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void history(void) {
    uint64_t *taken = calloc((size_t)work.repeats, sizeof *taken);
    int messages = 0;
    size_t size = 0;
    struct gauge a = gauge_now();
    for (int i = 0; i < work.repeats; i++) {
        if (!(taken[i] = clients_history(work.limit, &messages, &size))) die("history: no answer");
        clients_turn_until(now_ns() + 20000000);
    }
    struct gauge b = gauge_now();
    qsort(taken, (size_t)work.repeats, sizeof *taken, by_value);
    printf("{\"phase\":\"history\",\"n\":%d,\"median_ms\":%.3f,\"max_ms\":%.3f,\"messages\":%d,\"bytes\":%zu,"
           "\"server_cpu_s\":%.4f}\n", settings.n, (double)taken[work.repeats / 2] / 1e6,
           (double)taken[work.repeats - 1] / 1e6, messages, size, (b.server.cpu_s - a.server.cpu_s) / work.repeats);
    fflush(stdout);
    free(taken);
}

static void run(char *phases) {
    for (char *phase = strtok(phases, ","); phase; phase = strtok(NULL, ",")) {
        if (!strcmp(phase, "join")) join();
        else if (!strcmp(phase, "rate")) { at_rate(NULL, work.warm_up); at_rate("rate", work.seconds); }
        else if (!strcmp(phase, "saturation")) {
            with_window(NULL, work.warm_up, 0);
            with_window(phase, work.seconds, 0);
        }
        else if (!strcmp(phase, "fill")) with_window("fill", 0, (uint64_t)work.fill);
        else if (!strcmp(phase, "history")) history();
        else die("unknown phase: %s", phase);
    }
}

static struct pids pids_in(const char *text) {
    struct pids found = {.n = 0};
    for (; *text && found.n < MOST_PROCESSES; text += strcspn(text, ","), text += *text == ',')
        found.pid[found.n++] = atoi(text);
    return found;
}

static void option(const char *name, const char *value) {
    #define IS(word) (!strcmp(name, "--" word))
    if IS("port") settings.port = atoi(value);
    else if IS("n") settings.n = atoi(value);
    else if IS("room") settings.room = value;
    else if IS("user") settings.user_prefix = value;
    else if IS("at-once") settings.at_once = atoi(value);
    else if IS("posters") settings.n_posters = atoi(value);
    else if IS("padding") settings.padding = atoi(value);
    else if IS("tokens") settings.tokens = value;
    else if IS("sessions") settings.sessions = value;
    else if IS("phases") work.phases = value;
    else if IS("rate") work.rate = atof(value);
    else if IS("seconds") work.seconds = atof(value);
    else if IS("settle") work.settle = atof(value);
    else if IS("warm-up") work.warm_up = atof(value);
    else if IS("limit") work.limit = atof(value);
    else if IS("join-limit") work.join_limit = atof(value);
    else if IS("window") work.window = atoi(value);
    else if IS("fill") work.fill = atoi(value);
    else if IS("repeats") work.repeats = atoi(value);
    else if IS("server-pids") work.server = pids_in(value);
    else if IS("memory-pids") work.measured_memory = pids_in(value);
    else die("unknown option: %s", name);
    #undef IS
}

int main(int argc, char **argv) {
    if (argc < 2 || argc % 2) die("usage: fanout SCRIPT [--OPTION VALUE]...");
    settings.script = argv[1];
    for (int i = 2; i < argc; i += 2) option(argv[i], argv[i + 1]);
    clients_make(&settings);
    run(strdup(work.phases));
    return 0;
}
