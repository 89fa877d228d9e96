/* Growing byte buffers, always closed by a zero byte. */
#ifndef BYTES_H
#define BYTES_H
#include <stddef.h>
#include <stdint.h>

struct bytes { char *p; size_t len, room; };

void put(struct bytes *b, const char *p, size_t n);
void put_text(struct bytes *b, const char *text);
void put_number(struct bytes *b, uint64_t number);
void put_hex(struct bytes *b, const unsigned char *p, size_t n);     /* in upper case */
void put_base64(struct bytes *b, const char *p, size_t n);
void drop(struct bytes *b, size_t n);                                /* the first n bytes */

uint64_t hex_value(const char *p, int digits);
uint64_t now_ns(void);                                               /* of the monotonic clock */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
#endif
