/* HMAC-MD5 (RFC 1321, RFC 2104) with a key whose share of the work is done once. */
#ifndef MD5_H
#define MD5_H
#include <stddef.h>
#include <stdint.h>

struct mac_key { uint32_t inner[4], outer[4]; };

void md5(const char *text, size_t n, unsigned char out[16]);
void mac_prepare(struct mac_key *key, const unsigned char *secret, size_t n);      /* n <= 64 */
void mac(const struct mac_key *key, const char *text, size_t n, unsigned char out[16]);
#endif
