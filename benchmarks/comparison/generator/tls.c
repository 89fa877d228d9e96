#include "tls.h"
#include "bytes.h"
#include <errno.h>
#include <stdlib.h>

#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

struct tls { SSL *ssl; bool wants_to_write; };

static SSL_CTX *context(void) {
    static SSL_CTX *made;
    if (!made) {
        if (!(made = SSL_CTX_new(TLS_client_method()))) die("no TLS");
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    return made;
}

struct tls *tls_open(int fd) {
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls || !(tls->ssl = SSL_new(context())) || !SSL_set_fd(tls->ssl, fd)) die("no TLS");
    SSL_set_connect_state(tls->ssl);
    return tls;
}

static ssize_t outcome(struct tls *tls, int done) {
    if (done > 0) return done;
    int why = SSL_get_error(tls->ssl, done);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    tls->wants_to_write = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || tls->wants_to_write) errno = EAGAIN;
    else if (why == SSL_ERROR_SSL) die("TLS: %s", ERR_error_string(ERR_get_error(), NULL));
    return why == SSL_ERROR_SYSCALL && !errno ? 0 : -1;
}

ssize_t tls_send(struct tls *tls, const char *p, size_t n) {
    errno = 0;
    ERR_clear_error();
    return outcome(tls, SSL_write(tls->ssl, p, (int)n));
}

ssize_t tls_recv(struct tls *tls, char *p, size_t n) {
    errno = 0;
    ERR_clear_error();
    return outcome(tls, SSL_read(tls->ssl, p, (int)n));
}

bool tls_wants_to_write(const struct tls *tls) { return tls->wants_to_write; }

#else

struct tls *tls_open(int fd) { (void)fd; die("compiled without TLS: libssl-dev is missing"); }
ssize_t tls_send(struct tls *tls, const char *p, size_t n) { (void)tls; (void)p; (void)n; errno = ENOTSUP; return -1; }
ssize_t tls_recv(struct tls *tls, char *p, size_t n) { (void)tls; (void)p; (void)n; errno = ENOTSUP; return -1; }
bool tls_wants_to_write(const struct tls *tls) { (void)tls; return false; }

#endif
