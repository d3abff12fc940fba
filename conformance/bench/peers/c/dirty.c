/* Dirty bitmaps as a kernel keeps them: 64-bit words, taken by test and exchange, marked by a locked OR. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct dirty {
  size_t words;
  uint64_t *bitmap, *taken, *pattern;
};

static uint64_t *zeroed(size_t words) {
  uint64_t *all = aligned_alloc(4096, words * sizeof *all);
  memset(all, 0, words * sizeof *all);
  return all;
}

/* A bitmap of so many words, somewhere to take it, and what it is set to before each turn. */
struct dirty *dirty_new(int words) {
  struct dirty *d = malloc(sizeof *d);
  d->words = words;
  d->bitmap = zeroed(words + 1);
  d->taken = zeroed(words + 1);
  d->pattern = zeroed(words + 1);
  return d;
}

void dirty_free(struct dirty *d) {
  free(d->bitmap);
  free(d->taken);
  free(d->pattern);
  free(d);
}

/* 32-bit words, of which the pattern has two a word. */
void dirty_pattern(struct dirty *d, const int32_t *pattern) { memcpy(d->pattern, pattern, d->words * 8); }

void dirty_restore(struct dirty *d) { memcpy(d->bitmap, d->pattern, d->words * 8); }

int dirty_harvest(struct dirty *d) {
  uint64_t *bitmap = d->bitmap, *taken = d->taken;
  for (size_t i = 0; i < d->words; i++)
    taken[i] = bitmap[i] ? __atomic_exchange_n(&bitmap[i], 0, __ATOMIC_SEQ_CST) : 0;
  return (int)taken[d->words - 1];
}

/* Moves the bits down by `shift`, 1..63. */
int dirty_shift(struct dirty *d, int shift) {
  const uint64_t *bitmap = d->bitmap;
  uint64_t *taken = d->taken;
  for (size_t i = 0; i < d->words; i++) taken[i] = bitmap[i] >> shift | bitmap[i + 1] << (64 - shift);
  return (int)taken[d->words - 1];
}

int dirty_copy(struct dirty *d) {
  memcpy(d->taken, d->bitmap, d->words * 8);
  return (int)d->taken[d->words - 1];
}

int dirty_mark(struct dirty *d, const int32_t *pages, int count) {
  for (int i = 0; i < count; i++)
    __atomic_fetch_or(&d->bitmap[(uint32_t)pages[i] >> 6], (uint64_t)1 << (pages[i] & 63), __ATOMIC_SEQ_CST);
  return count;
}

/* What was taken, summed up as 32-bit words: 31 · sum + word. */
uint32_t dirty_sum(struct dirty *d, int of_bitmap) {
  const uint64_t *all = of_bitmap ? d->bitmap : d->taken;
  uint32_t sum = 0;
  for (size_t i = 0; i < d->words; i++) {
    sum = sum * 31 + (uint32_t)all[i];
    sum = sum * 31 + (uint32_t)(all[i] >> 32);
  }
  return sum;
}

/* Processor time of this thread: other threads of the process may be at work as well. */
double thread_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}
