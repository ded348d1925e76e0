#include "measure.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

static uint64_t allocations;

uint64_t measure_allocations(void) { return allocations; }

// Functions of their own, in a file of their own, that do something: callgrind finds them by name.
__attribute__((noinline)) void measure_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) void measure_end(void) { __asm__ volatile("" ::: "memory"); }

// The sanitizers bring a malloc of their own.
#if !defined(__GLIBC__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
#endif

#if COUNTS_ALLOCATIONS

// The program's own malloc goes before the library's, for every library in the process: so nothing has to be preloaded.
// One thread is measured, so the counter needs no lock.

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    allocations += 1;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations += 1;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    allocations += 1;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations += 1;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    allocations += 1;
    *block = __libc_memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

#endif
