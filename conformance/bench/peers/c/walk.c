/*
 * The walk in C: four levels, a slot look-up at each with a last-used slot in front (one a level) and a branch-free
 * search behind, host pages through the table of impl/host-pages.ts, through an array of addresses, or, in front of the
 * first of these, through what impl/x86/table-places.ts is.
 */
#include <stdint.h>

#define LEVELS 4
#define PRESENT 1u
#define ACCESSED (1u << 5)
#define LARGE (1u << 7)

struct slots {
	int n; /* a power of two; bases ascend */
	const uint64_t *base, *npages, *hva;
};

struct entry {
	uint32_t key, place;
};

#define PLACES_SHIFT 17

/* Where a table that was walked through is; all of one epoch. */
struct remembered {
	uint64_t gfn; /* plus one */
	uint32_t place;
};

struct world {
	struct remembered *remembered; /* or null */
	const uint8_t *memory;
	const struct entry *table;
	uint32_t shift, mask;
	/* what the keys of each slot's host pages have of their upper half */
	const uint32_t *tags;
	/* not null: where each page of each slot is, slot by slot */
	const uint32_t *places;
	const int32_t *first;
	struct slots slots;
	uint64_t root;
	/* reserved bits by level and page-size bit */
	const uint64_t *reserved;
	uint32_t refused;
	int last[LEVELS + 1];
};

/* The last slot that begins at or before the frame, by conditional moves. */
static inline int search(const struct slots *s, uint64_t gfn)
{
	int at = 0;

	for (int half = s->n >> 1; half; half >>= 1)
		at += s->base[at + half] <= gfn ? half : 0;
	return at;
}

/* The slot of a frame, or -1. */
static inline int look_up(struct world *w, int level, uint64_t gfn)
{
	int k = w->last[level];

	if (gfn - w->slots.base[k] < w->slots.npages[k])
		return k;
	k = search(&w->slots, gfn);
	if (gfn - w->slots.base[k] >= w->slots.npages[k])
		return -1;
	w->last[level] = k;
	return k;
}

static inline uint32_t place_of(const struct world *w, int slot, uint64_t page)
{
	uint32_t key = (uint32_t)page >> 6 | w->tags[slot];
	uint32_t at = key * 0x9e3779b1u >> w->shift;

	for (;; at = (at + 1) & w->mask) {
		if (w->table[at].key == key)
			return w->table[at].place + ((page & 63) << 12);
		if (w->table[at].key == 0)
			return 0;
	}
}

/* Where table gfn is, or 0. */
static inline uint32_t table_at(struct world *w, int level, uint64_t gfn)
{
	struct remembered *r = w->remembered;
	uint64_t page;
	int k;

	if (r) {
		r += (uint32_t)gfn * 0x9e3779b1u >> PLACES_SHIFT;
		if (r->gfn == gfn + 1)
			return r->place;
	}
	k = look_up(w, level, gfn);
	if (k < 0)
		return 0;
	page = gfn - w->slots.base[k];
	if (w->places)
		return w->places[w->first[k] + page];
	page = place_of(w, k, w->slots.hva[k] + page);
	if (r)
		*r = (struct remembered){ gfn + 1, page };
	return page;
}

/* The frame of an address, or -1 where the walk faults. */
static inline int64_t walk(struct world *w, uint64_t address)
{
	uint64_t gfn = w->root, all = ~0ull, any = 0;

	for (int level = LEVELS;; level--) {
		uint32_t place = table_at(w, level, gfn);
		uint64_t e;

		if (!place)
			return -1;
		e = ((const volatile uint64_t *)(w->memory + place))[address >> (3 + 9 * level) & 511];
		if (!(e & PRESENT))
			return -1;
		if (e & w->reserved[2 * level + (e >> 7 & 1)])
			return -1;
		all &= e;
		any |= e;
		gfn = e >> 12 & 0xffffffffffull;
		if (level == 1 || e & LARGE) {
			uint64_t within = (1ull << 9 * (level - 1)) - 1;

			gfn = (gfn & ~within) | (address >> 12 & within);
			break;
		}
	}
	if (w->refused >> ((all >> 1 & 3) | any >> 63 << 2) & 1 || !(all & ACCESSED))
		return -1;
	return (int64_t)gfn;
}

int64_t walk_all(const uint8_t *memory, uint32_t table, uint32_t shift, const uint32_t *tags,
		 const uint32_t *places, const int32_t *first,
		 int nslots, const uint64_t *base, const uint64_t *npages, const uint64_t *hva, uint64_t root,
		 const uint64_t *reserved, uint32_t refused, const int32_t *highs, const int32_t *lows,
		 int remembers, int count, int times)
{
	static struct remembered remembered[1u << (32 - PLACES_SHIFT)];
	struct world w = {
		.remembered = remembers ? remembered : 0,
		.memory = memory,
		.table = (const struct entry *)(memory + table),
		.shift = shift,
		.mask = (1u << (32 - shift)) - 1,
		.tags = tags,
		.places = places,
		.first = first,
		.slots = { nslots, base, npages, hva },
		.root = root,
		.reserved = reserved,
		.refused = refused,
	};
	int64_t sum = 0;

	for (uint32_t i = 0; remembers && i < 1u << (32 - PLACES_SHIFT); i++)
		remembered[i].gfn = 0;
	for (int t = 0; t < times; t++)
		for (int i = 0; i < count; i++) {
			uint64_t high = (uint32_t)highs[i], low = (uint32_t)lows[i];

			sum += walk(&w, high << 32 | low);
		}
	return sum;
}
