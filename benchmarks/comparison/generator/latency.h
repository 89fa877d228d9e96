/* A histogram of latencies: 128 linear steps for each power of two, in microseconds (0.8 %). */
#ifndef LATENCY_H
#define LATENCY_H
#include <stdint.h>

void latency_reset(void);
void latency_record(uint64_t ns);
double latency_ms(double quantile);
double latency_max_ms(void);
#endif
