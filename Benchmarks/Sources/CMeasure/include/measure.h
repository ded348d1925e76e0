#ifndef SIP_PROXY_MEASURE_H
#define SIP_PROXY_MEASURE_H

#include <stdint.h>

/// How often this process has asked for memory; always 0 where the C library is not glibc.
uint64_t measure_allocations(void);

/// Marks the start of what is counted: callgrind sets its counters to zero before it.
void measure_begin(void);

/// Marks the end: callgrind writes its counters down before it.
void measure_end(void);

#endif
