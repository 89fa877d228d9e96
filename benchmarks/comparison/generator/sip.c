#define _GNU_SOURCE
#include "sip.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 10 };

static const unsigned char SEQUENCE[4] = {100, 0, 0, 0};            /* MS-SIPAE: always 100 */
static const char *const KEPT[] = {"via:", "from:", "to:", "call-id:", "cseq:"};

static void put_escaped(struct bytes *out, const char *text) {
    for (; *text; text++) {
        if (text[0] == '\\' && (text[1] == 'r' || text[1] == 'n')) put(out, *++text == 'r' ? "\r" : "\n", 1);
        else put(out, text, 1);
    }
}

static char *copied(const char *text) {
    struct bytes copy = {0};
    put_escaped(&copy, text);
    return copy.p ? copy.p : strdup("");
}

static void read_hex(const char *text, unsigned char *out, size_t n) {
    if (strlen(text) != 2 * n) die("a key of %zu bytes is wanted: %s", n, text);
    for (size_t i = 0; i < n; i++) out[i] = (unsigned char)hex_value(text + 2 * i, 2);
}

static void read_session(struct session *session, char *line) {
    char *field[FIELDS];
    unsigned char secret[16];
    for (int i = 0; i < FIELDS; i++) if (!(field[i] = strsep(&line, "\t"))) die("a session has %d fields", FIELDS);
    session->fd = atoi(field[0]);
    session->cseq = (uint32_t)strtoul(field[1], NULL, 10);
    session->cnum = (uint32_t)strtoul(field[2], NULL, 10);
    read_hex(field[3], secret, sizeof secret);
    read_hex(field[4], session->mask, sizeof session->mask);
    mac_prepare(&session->key, secret, sizeof secret);
    session->before = copied(field[5]);
    session->after_request = copied(field[6]);
    session->after_answer = copied(field[7]);
    session->credentials = copied(field[8]);
    session->head = copied(field[9]);
}

struct session *sessions_load(const char *path, int *n) {
    struct session *all = NULL;
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (!file) die("cannot open %s", path);
    for (*n = 0; getline(&line, &room, file) > 0; ++*n) {
        line[strcspn(line, "\n")] = 0;
        all = realloc(all, (size_t)(*n + 1) * sizeof *all);
        if (!all) die("out of memory");
        read_session(&all[*n], line);
    }
    free(line);
    fclose(file);
    return all;
}

/* The Authorization header of the next message: what identifies it stands between `before` and `after`. */
static void put_signature(struct session *session, struct bytes *out, const char *cseq, size_t n, const char *after) {
    static struct bytes text;
    unsigned char sum[16];
    char random[9];
    uint32_t number = ++session->cnum;
    snprintf(random, sizeof random, "%08x", number * 2654435761u);
    text.len = 0;
    put(&text, (const char *)SEQUENCE, sizeof SEQUENCE);
    put_text(&text, "<NTLM><");
    put_text(&text, random);
    put_text(&text, "><");
    put_number(&text, number);
    put_text(&text, ">");
    put_text(&text, session->before);
    put_text(&text, "<");
    put(&text, cseq, n);
    put_text(&text, ">");
    put_text(&text, after);
    mac(&session->key, text.p, text.len, sum);
    for (int i = 0; i < 8; i++) sum[i] ^= session->mask[i];
    put_text(out, "Authorization: NTLM ");
    put_text(out, session->credentials);
    put_text(out, ", crand=\"");
    put_text(out, random);
    put_text(out, "\", cnum=\"");
    put_number(out, number);
    put_text(out, "\", response=\"01000000");
    put_hex(out, sum, 8);
    put_text(out, "64000000\"\r\n");
}

void sip_message(struct bytes *out, const char *text, size_t n) {
    const char *place = strstr(text, "{clen}"), *end = strstr(text, "\r\n\r\n");
    if (!place || !end || place > end) { put(out, text, n); return; }
    put(out, text, (size_t)(place - text));
    put_number(out, n - (size_t)(end + 4 - text));
    put(out, place + 6, n - (size_t)(place + 6 - text));
}

void sip_info(struct session *session, struct bytes *out, const char *body, size_t n) {
    static struct bytes cseq;
    cseq.len = 0;
    put_number(&cseq, ++session->cseq);
    put_text(out, session->head);
    put_text(out, "CSeq: ");
    put(out, cseq.p, cseq.len);
    put_text(out, " INFO\r\n");
    put_signature(session, out, cseq.p, cseq.len, session->after_request);
    put_text(out, "Content-Length: ");
    put_number(out, n);
    put_text(out, "\r\n\r\n");
    put(out, body, n);
}

static bool is_kept(const char *line) {
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++)
        if (!strncasecmp(line, KEPT[i], strlen(KEPT[i]))) return true;
    return false;
}

/* Answer a request of the server with 200, as real clients do; `end` is the empty line behind its head. */
static void put_answer(struct session *session, struct bytes *out, const char *request, const char *end) {
    const char *cseq = NULL;
    put_text(out, "SIP/2.0 200 OK\r\n");
    for (const char *line = strstr(request, "\r\n") + 2; line < end + 2;) {
        const char *next = strstr(line, "\r\n") + 2;
        if (is_kept(line)) put(out, line, (size_t)(next - line));
        if (!strncasecmp(line, "cseq:", 5)) cseq = line + 5 + strspn(line + 5, " ");
        line = next;
    }
    if (!cseq) die("a request without CSeq: %.300s", request);
    if (session) put_signature(session, out, cseq, strspn(cseq, "0123456789"), session->after_answer);
    put_text(out, "Content-Length: 0\r\n\r\n");
}

static size_t body_size(const char *message, const char *end) {
    const char *line = strcasestr(message, "\r\ncontent-length:");
    return line && line < end ? strtoul(line + sizeof "\r\ncontent-length:" - 1, NULL, 10) : 0;
}

void sip_walk(struct session *session, struct bytes *in, struct bytes *out, struct bytes *refused) {
    size_t at = 0;
    while (at < in->len) {
        const char *message = in->p + at, *end;
        if (!strncmp(message, "\r\n", 2)) { at += 2; continue; }
        if (!(end = strstr(message, "\r\n\r\n"))) break;
        size_t size = (size_t)(end + 4 - message) + body_size(message, end);
        if (in->len - at < size) break;
        if (strncmp(message, "SIP/2.0 ", 8)) put_answer(session, out, message, end);
        else if (message[8] > '2') put(refused, message, size);
        at += size;
    }
    drop(in, at);
}
