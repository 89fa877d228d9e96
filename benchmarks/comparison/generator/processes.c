#define _GNU_SOURCE
#include "processes.h"
#include "bytes.h"
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST = 65536 };

struct process { int pid, parent; double cpu_s, rss_mb; bool counts; };

static struct process table[MOST];

static bool read_process(const char *pid, struct process *out) {
    char path[300], line[2048];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return false;               /* it has ended meanwhile */
    char *rest = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    long user, system, children_user, children_system, pages;
    if (!rest || sscanf(rest + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld "
                                  "%*d %*d %*d %*d %*u %*u %ld",
                        &out->parent, &user, &system, &children_user, &children_system, &pages) != 6) return false;
    out->pid = atoi(pid);
    out->cpu_s = (double)(user + system + children_user + children_system) / (double)sysconf(_SC_CLK_TCK);
    out->rss_mb = (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
    out->counts = false;
    return true;
}

static int read_table(void) {
    int n = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc");
    if (!folder) die("/proc cannot be read");
    while ((entry = readdir(folder)) && n < MOST)
        if (isdigit((unsigned char)entry->d_name[0]) && read_process(entry->d_name, &table[n])) n++;
    closedir(folder);
    return n;
}

static bool is_child_of_counted(const struct process *process, int n) {
    for (int i = 0; i < n; i++) if (table[i].counts && table[i].pid == process->parent) return true;
    return false;
}

struct usage usage_of(const int *roots, int n_roots) {
    struct usage sum = {0, 0};
    int n = read_table();
    for (int i = 0; i < n; i++)
        for (int r = 0; r < n_roots; r++) if (table[i].pid == roots[r]) table[i].counts = true;
    for (bool grew = true; grew;) {
        grew = false;
        for (int i = 0; i < n; i++)
            if (!table[i].counts && is_child_of_counted(&table[i], n)) table[i].counts = grew = true;
    }
    for (int i = 0; i < n; i++) if (table[i].counts) { sum.cpu_s += table[i].cpu_s; sum.rss_mb += table[i].rss_mb; }
    return sum;
}

double machine_cpu_s(void) {
    long v[8];
    FILE *file = fopen("/proc/stat", "r");
    if (!file || fscanf(file, "cpu %ld %ld %ld %ld %ld %ld %ld %ld", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6,
                        v + 7) != 8)
        die("/proc/stat cannot be read");
    fclose(file);
    return (double)(v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / (double)sysconf(_SC_CLK_TCK);
}

double own_cpu_s(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
