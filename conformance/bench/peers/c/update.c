/*
 * Changing slots as the kernel does: two sets that share their slots, each a tree by frame and, if asked for, a tree by
 * host page and a table by id. A batch is made in the set that is not published, which is published by one store, and
 * made again in the other. A slot that is set is allocated anew, as in kvm_set_memslot, and the one before freed.
 */
#include <stdatomic.h>

#include "slots.h"

#define HASH_BITS 7

struct set {
  struct rb_root gfns, hvas;
  struct slot *by_id[1 << HASH_BITS];
};

struct sets {
  struct set set[2];
  _Atomic(struct set *) published;
  int whole; /* host pages and ids as well */
  struct slot **fresh, **gone;
  /* The changes, `entries` to a batch: id, base, pages (0 removes), host page. */
  const double *trace;
  int changes, entries, next;
  int overlaps;
};

/* The kernel's hash of small numbers: by the golden ratio. */
static inline unsigned hash_of(int32_t id) {
  return ((uint32_t)id * 0x61C88647u) >> (32 - HASH_BITS);
}

static void hash_add(struct set *to, struct slot *s, int set) {
  struct slot **head = &to->by_id[hash_of(s->id)];
  s->hash_next[set] = *head;
  s->hash_prev[set] = head;
  if (*head) (*head)->hash_prev[set] = &s->hash_next[set];
  *head = s;
}

static void hash_del(struct slot *s, int set) {
  *s->hash_prev[set] = s->hash_next[set];
  if (s->hash_next[set]) s->hash_next[set]->hash_prev[set] = s->hash_prev[set];
}

static void add(struct sets *u, int set, struct slot *s) {
  struct set *to = &u->set[set];
  if (u->whole) {
    hash_add(to, s, set);
    hva_add(&to->hvas, s, set);
  }
  gfn_add(&to->gfns, s, set);
}

static void drop(struct sets *u, int set, struct slot *s) {
  struct set *from = &u->set[set];
  if (u->whole) {
    hash_del(s, set);
    hva_erase(&from->hvas, &s->hva[set].rb);
  }
  gfn_erase(&from->gfns, &s->gfn[set]);
}

static int is_taken(const struct set *in, int set, uint64_t base, uint64_t npages) {
  for (struct rb_node *n = in->gfns.node; n;) {
    const struct slot *s = slot_of_gfn(n, set);
    if (base + npages <= s->base) n = n->child[0];
    else if (base >= s->base + s->npages) n = n->child[1];
    else return 1;
  }
  return 0;
}

/* Where ids are hashed they are looked up as the kernel does; otherwise a table by id stands in. */
static struct slot *find_id(const struct sets *u, int set, struct slot *const *slots, int32_t id) {
  if (!u->whole) return slots[id];
  struct slot *s = u->set[set].by_id[hash_of(id)];
  while (s && s->id != id) s = s->hash_next[set];
  return s;
}

struct update {
  struct sets sets;
  struct slot **slots;
};

struct update *update_new(const double *base, const double *npages, const double *hva, int slots, int whole) {
  struct update *u = calloc(1, sizeof *u);
  u->sets.whole = whole;
  u->slots = calloc(slots, sizeof *u->slots);
  u->sets.fresh = calloc(slots, sizeof *u->sets.fresh);
  u->sets.gone = calloc(slots, sizeof *u->sets.gone);
  for (int i = 0; i < slots; i++) {
    u->slots[i] = new_slot(i, (uint64_t)base[i], (uint64_t)npages[i], (uint64_t)hva[i]);
    add(&u->sets, 0, u->slots[i]);
    add(&u->sets, 1, u->slots[i]);
  }
  atomic_store(&u->sets.published, &u->sets.set[0]);
  return u;
}

/* The trace is kept by the caller, and read here. */
void update_trace(struct update *u, const double *trace, int changes, int entries) {
  double *copy = malloc(sizeof *copy * 4 * changes);
  for (int i = 0; i < 4 * changes; i++) copy[i] = trace[i];
  u->sets.trace = copy;
  u->sets.changes = changes;
  u->sets.entries = entries;
}

static void batch(struct update *u) {
  struct sets *s = &u->sets;
  const double *change = s->trace + 4 * s->next;
  int set = atomic_load(&s->published) == &s->set[0];
  for (int i = 0; i < s->entries; i++) {
    int32_t id = (int32_t)change[4 * i];
    struct slot *old = find_id(s, set, u->slots, id);
    s->gone[i] = old;
    if (old) drop(s, set, old);
  }
  for (int i = 0; i < s->entries; i++) {
    const double *c = change + 4 * i;
    int32_t id = (int32_t)c[0];
    uint64_t base = (uint64_t)c[1], npages = (uint64_t)c[2];
    struct slot *now = NULL;
    if (npages) {
      if (is_taken(&s->set[set], set, base, npages)) s->overlaps++;
      now = new_slot(id, base, npages, (uint64_t)c[3]);
      add(s, set, now);
    }
    s->fresh[i] = now;
  }
  atomic_store(&s->published, &s->set[set]);
  for (int i = 0; i < s->entries; i++)
    if (s->gone[i]) drop(s, !set, s->gone[i]);
  for (int i = 0; i < s->entries; i++) {
    if (s->fresh[i]) add(s, !set, s->fresh[i]);
    u->slots[(int32_t)change[4 * i]] = s->fresh[i];
    free(s->gone[i]);
  }
  s->next += s->entries;
  if (s->next == s->changes) s->next = 0;
}

int32_t update_run(struct update *u, int times) {
  for (int i = 0; i < times; i++) batch(u);
  return u->sets.next;
}

/* For checking: the ids of a set by frame, how many overlaps were met, and whether both sets are the same. */
int update_ids(const struct update *u, int set, int32_t *ids) {
  struct rb_node *n = u->sets.set[set].gfns.node;
  int count = 0;
  while (n && n->child[0]) n = n->child[0];
  for (; n; n = rb_neighbour(n, 1)) ids[count++] = slot_of_gfn(n, set)->id;
  return count;
}

int update_overlaps(const struct update *u) {
  return u->sets.overlaps;
}

void update_free(struct update *u, int slots) {
  for (int i = 0; i < slots; i++) free(u->slots[i]);
  free((void *)u->sets.trace);
  free(u->sets.fresh);
  free(u->sets.gone);
  free(u->slots);
  free(u);
}
