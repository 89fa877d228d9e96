#define _GNU_SOURCE
#include "script.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* \n \r \s (a space) and \t; any other escaped character is itself. */
static char *unescaped(const char *text) {
    char *start = malloc(strlen(text) + 1), *w = start;
    for (; *text; text++) {
        if (*text != '\\' || !text[1]) { *w++ = *text; continue; }
        text++;
        *w++ = *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text == 's' ? ' ' : *text == 't' ? '\t' : *text;
    }
    *w = 0;
    return start;
}

static enum framing framing_called(const char *name) {
    if (!strcmp(name, "raw")) return RAW;
    if (!strcmp(name, "websocket")) return WEBSOCKET;
    if (!strcmp(name, "sip")) return SIP;
    if (!strcmp(name, "sip-tls")) return SIP_TLS;
    die("unknown framing: %s", name);
}

static void add_step(struct script *script, enum act act, char *text) {
    if (script->n_steps == MOST_STEPS) die("the script has more than %d steps", MOST_STEPS);
    struct step step = {act, text, NULL, 0};
    if (act == CAPTURE && !(step.until = strchr(text, '|'))) die("capture AFTER|UNTIL, not %s", text);
    if (act == CAPTURE) *step.until++ = 0;
    if (act == CAPTURE || act == HASH) step.slot = script->n_slots++;
    if (script->n_slots > SLOTS) die("the script has more than %d slots", SLOTS);
    if (act == GATE && script->n_gates++) die("the script has more than one gate");
    script->steps[script->n_steps++] = step;
}

static void take(struct script *script, const char *word, char *text) {
    if (!strcmp(word, "framing")) script->framing = framing_called(text);
    else if (!strcmp(word, "send")) add_step(script, SEND, text);
    else if (!strcmp(word, "expect")) add_step(script, EXPECT, text);
    else if (!strcmp(word, "capture")) add_step(script, CAPTURE, text);
    else if (!strcmp(word, "hash")) add_step(script, HASH, text);
    else if (!strcmp(word, "gate")) add_step(script, GATE, text);
    else if (!strcmp(word, "leave")) add_step(script, LEAVE, text);
    else if (!strcmp(word, "post")) script->post = text;
    else if (!strcmp(word, "history")) script->history = text;
    else if (!strcmp(word, "history-done")) script->history_done = text;
    else if (!strcmp(word, "refused")) script->refused = text;
    else die("unknown word in the script: %s", word);
}

void script_load(struct script *script, const char *path) {
    FILE *file = fopen(path, "r");
    char line[8192];
    if (!file) die("cannot open %s", path);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (!*line || *line == '#') continue;
        char *space = strchr(line, ' ');
        if (space) *space = 0;
        take(script, line, unescaped(space ? space + 1 : ""));
    }
    fclose(file);
}

/* SASL PLAIN (RFC 4616): a zero byte before the user and before the password, which is "pw" for everybody. */
static void put_plain(struct bytes *out, const char *user) {
    char text[128] = {0};
    size_t n = strlen(user);
    if (n + 4 > sizeof text) die("user name too long: %s", user);
    memcpy(text + 1, user, n);
    memcpy(text + n + 2, "pw", 2);
    put_base64(out, text, n + 4);
}

static const char *or_nothing(const char *text) { return text ? text : ""; }

static bool put_variable(struct bytes *out, const char *name, size_t n, const struct values *values) {
    #define IS(word) (n == sizeof(word) - 1 && !strncmp(name, word, n))
    if (IS("i")) put_number(out, (uint64_t)values->client);
    else if (IS("seq")) put_number(out, values->seq);
    else if (IS("user")) put_text(out, values->user);
    else if (IS("room")) put_text(out, values->room);
    else if (IS("domain")) put(out, values->room, strcspn(values->room, "/"));         /* the halves of DOMAIN/GUID */
    else if (IS("guid")) put_text(out, strchr(values->room, '/') ? strchr(values->room, '/') + 1 : "");
    else if (IS("token")) put_text(out, values->token);
    else if (IS("body")) put_text(out, or_nothing(values->body));
    else if (IS("plain")) put_plain(out, values->user);
    else if (IS("secret")) put_text(out, values->secret);
    else if (IS("cseq")) put_number(out, values->cseq);
    else if (n == 1 && *name >= '0' && *name < '0' + SLOTS) put_text(out, or_nothing(values->slots[*name - '0']));
    else return false;
    #undef IS
    return true;
}

void script_expand(struct bytes *out, const char *template, const struct values *values) {
    for (const char *t = template; *t;) {
        const char *end = *t == '{' ? strchr(t, '}') : NULL;
        if (end && put_variable(out, t + 1, (size_t)(end - t - 1), values)) t = end + 1;
        else put(out, t++, 1);
    }
}
