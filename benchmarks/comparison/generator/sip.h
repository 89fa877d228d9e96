/* SIP in a dialog that is open already: requests out, answers to the server's requests, all of them signed by NTLM. */
#ifndef SIP_H
#define SIP_H
#include "bytes.h"
#include "md5.h"

/* What whoever opened the dialog handed over; `before` and both `after` are the constant parts of what is signed. */
struct session {
    int fd;
    uint32_t cseq, cnum;                 /* the last ones used */
    struct mac_key key;
    unsigned char mask[8];               /* hides the checksum; the same for every message (MS-SIPAE section 3.2.5) */
    char *before, *after_request, *after_answer, *credentials, *head;
};

/* Read sessions, one a line; returns them, and how many in n. */
struct session *sessions_load(const char *path, int *n);

/* Append an INFO with this body. */
void sip_info(struct session *session, struct bytes *out, const char *body, size_t n);

/* Take the whole messages at the head of in, and append an answer to each request. Returns the start of the first
 * response that is a refusal, or NULL; it is good until in changes. */
const char *sip_walk(struct session *session, struct bytes *in, struct bytes *out);
#endif
