#include "md5.h"
#include <string.h>

enum { BLOCK = 64 };

static const uint32_t START[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
static const unsigned char TURNS[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
static const uint32_t SINES[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/* One block. Words are read as this machine has them: little-endian, as MD5 wants them. */
static void add_block(uint32_t s[4], const unsigned char *block) {
    uint32_t word[16], a = s[0], b = s[1], c = s[2], d = s[3];
    memcpy(word, block, BLOCK);
    for (int i = 0; i < 64; i++) {
        uint32_t mixed;
        int which, round = i >> 4;
        if (round == 0) { mixed = (b & c) | (~b & d); which = i; }
        else if (round == 1) { mixed = (d & b) | (~d & c); which = (5 * i + 1) & 15; }
        else if (round == 2) { mixed = b ^ c ^ d; which = (3 * i + 5) & 15; }
        else { mixed = c ^ (b | ~d); which = (7 * i) & 15; }
        uint32_t sum = a + mixed + SINES[i] + word[which];
        int turn = TURNS[round][i & 3];
        a = d; d = c; c = b;
        b += sum << turn | sum >> (32 - turn);
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d;
}

/* Hash text behind so many bytes that are hashed already. */
static void finish(const uint32_t start[4], size_t before, const char *text, size_t n, unsigned char out[16]) {
    uint32_t s[4];
    unsigned char last[2 * BLOCK] = {0};
    uint64_t bits = (n + before) * 8;
    size_t whole = n / BLOCK * BLOCK, rest = n - whole, padded = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    memcpy(s, start, sizeof s);
    for (size_t at = 0; at < whole; at += BLOCK) add_block(s, (const unsigned char *)text + at);
    memcpy(last, text + whole, rest);
    last[rest] = 0x80;
    memcpy(last + padded - 8, &bits, 8);
    for (size_t at = 0; at < padded; at += BLOCK) add_block(s, last + at);
    memcpy(out, s, 16);
}

void md5(const char *text, size_t n, unsigned char out[16]) { finish(START, 0, text, n, out); }

static void begin(uint32_t s[4], const unsigned char *secret, size_t n, unsigned char mask) {
    unsigned char block[BLOCK];
    memset(block, mask, BLOCK);
    for (size_t i = 0; i < n; i++) block[i] ^= secret[i];
    memcpy(s, START, sizeof START);
    add_block(s, block);
}

void mac_prepare(struct mac_key *key, const unsigned char *secret, size_t n) {
    begin(key->inner, secret, n, 0x36);
    begin(key->outer, secret, n, 0x5c);
}

void mac(const struct mac_key *key, const char *text, size_t n, unsigned char out[16]) {
    unsigned char inner[16];
    finish(key->inner, BLOCK, text, n, inner);
    finish(key->outer, BLOCK, (const char *)inner, sizeof inner, out);
}
