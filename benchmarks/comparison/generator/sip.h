/* SIP in a dialog: requests out, answers to the server's requests, signed by NTLM if there is a session. */
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

/* Append a message whose head says {clen} where the length of its body belongs. */
void sip_message(struct bytes *out, const char *text, size_t n);

/* Append an INFO with this body. */
void sip_info(struct session *session, struct bytes *out, const char *body, size_t n);

/* Take the whole messages at the head of in, append an answer to each request to out, and each response that refuses
 * something to refused. Without a session nothing is signed. */
void sip_walk(struct session *session, struct bytes *in, struct bytes *out, struct bytes *refused);
#endif
