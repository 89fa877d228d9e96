#include "latency.h"
#include <math.h>
#include <string.h>

enum { POWERS = 64, STEPS = 128 };

static uint64_t counts[POWERS][STEPS], total, longest;

void latency_reset(void) {
    memset(counts, 0, sizeof counts);
    total = longest = 0;
}

void latency_record(uint64_t ns) {
    uint64_t us = ns / 1000;
    int power = us < STEPS ? 0 : 63 - __builtin_clzll(us) - 6;
    counts[power][(us >> power) & (STEPS - 1)]++;
    total++;
    if (us > longest) longest = us;
}

double latency_ms(double quantile) {
    uint64_t wanted = (uint64_t)ceil(quantile * (double)total), seen = 0;
    for (int power = 0; wanted && power < POWERS; power++)
        for (int step = 0; step < STEPS; step++)
            if ((seen += counts[power][step]) >= wanted) return (double)((uint64_t)step << power) / 1000.0;
    return 0;
}

double latency_max_ms(void) { return (double)longest / 1000.0; }
