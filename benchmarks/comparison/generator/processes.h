/* What /proc tells of processes: CPU time and memory. */
#ifndef PROCESSES_H
#define PROCESSES_H

struct usage { double cpu_s, rss_mb; };

/* User and system time, and resident memory, of processes and all their descendants, those that ended included. */
struct usage usage_of(const int *roots, int n);
double machine_cpu_s(void);          /* of all processors, whoever had it */
double own_cpu_s(void);
#endif
