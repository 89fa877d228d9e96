/* TLS 1.2 or 1.3 to a server whose certificate is not looked at: it is on this machine, and made for the benchmark. */
#ifndef TLS_H
#define TLS_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tls;

struct tls *tls_open(int fd);                /* connected, or connecting; does not block */
/* Like send and recv: -1 with EAGAIN if nothing can be done now; recv returns 0 at the end. */
ssize_t tls_send(struct tls *tls, const char *p, size_t n);
ssize_t tls_recv(struct tls *tls, char *p, size_t n);
bool tls_wants_to_write(const struct tls *tls);      /* what the last call that could do nothing waits for */
#endif
