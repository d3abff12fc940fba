/* Looking up the slot of a frame: in a red-black tree, with and without a last-used slot, and in a sorted array. */
#include "slots.h"

struct lookup {
  struct rb_root root;
  struct slot *last_used;
  /* sorted by base */
  uint64_t *bases, *npages;
  int32_t *ids;
  size_t slots;
  uint64_t *gfns;
  size_t queries, next;
};

static int by_base(const void *a, const void *b) {
  const struct slot *x = *(struct slot *const *)a, *y = *(struct slot *const *)b;
  return (x->base > y->base) - (x->base < y->base);
}

/* Slots are made in the order given, and are numbered by it. */
struct lookup *lookup_new(const double *base, const double *npages, int slots, const double *gfns, int queries) {
  struct lookup *l = calloc(1, sizeof *l);
  struct slot **all = malloc(slots * sizeof *all);
  l->slots = slots;
  l->bases = malloc(slots * sizeof *l->bases);
  l->npages = malloc(slots * sizeof *l->npages);
  l->ids = malloc(slots * sizeof *l->ids);
  for (int i = 0; i < slots; i++) {
    all[i] = new_slot(i, (uint64_t)base[i], (uint64_t)npages[i], 0);
    gfn_add(&l->root, all[i], 0);
  }
  qsort(all, slots, sizeof *all, by_base);
  for (int i = 0; i < slots; i++) {
    l->bases[i] = all[i]->base;
    l->npages[i] = all[i]->npages;
    l->ids[i] = all[i]->id;
  }
  free(all);
  l->queries = queries;
  l->gfns = malloc(queries * sizeof *l->gfns);
  for (int i = 0; i < queries; i++) l->gfns[i] = (uint64_t)gfns[i];
  return l;
}

static void free_below(struct rb_node *n) {
  if (!n) return;
  free_below(n->child[0]);
  free_below(n->child[1]);
  free(slot_of_gfn(n, 0));
}

void lookup_free(struct lookup *l) {
  free_below(l->root.node);
  free(l->bases);
  free(l->npages);
  free(l->ids);
  free(l->gfns);
  free(l);
}

static inline struct slot *search(const struct lookup *l, uint64_t gfn) {
  for (struct rb_node *n = l->root.node; n;) {
    struct slot *s = slot_of_gfn(n, 0);
    if (gfn >= s->base) {
      if (gfn < s->base + s->npages) return s;
      n = n->child[1];
    } else n = n->child[0];
  }
  return NULL;
}

static inline int32_t in_tree(struct lookup *l, uint64_t gfn) {
  struct slot *s = search(l, gfn);
  return s ? s->id : -1;
}

static inline int32_t in_tree_last_used(struct lookup *l, uint64_t gfn) {
  struct slot *s = l->last_used;
  if (s && gfn >= s->base && gfn < s->base + s->npages) return s->id;
  s = search(l, gfn);
  if (!s) return -1;
  l->last_used = s;
  return s->id;
}

/* Halves without a branch: gcc makes this choice of two pointers a conditional move. */
static inline int32_t in_array(struct lookup *l, uint64_t gfn) {
  const uint64_t *at = l->bases;
  for (size_t n = l->slots; n > 1;) {
    size_t half = n / 2;
    at = at[half] <= gfn ? at + half : at;
    n -= half;
  }
  size_t slot = at - l->bases;
  return gfn - *at < l->npages[slot] ? l->ids[slot] : -1;
}

#define LOOP(name, look)                                  \
  int32_t name(struct lookup *l, int times) {             \
    uint32_t sum = 0;                                     \
    size_t at = l->next;                                  \
    for (int i = 0; i < times; i++) {                     \
      sum += (uint32_t)look(l, l->gfns[at]);              \
      if (++at == l->queries) at = 0;                     \
    }                                                     \
    l->next = at;                                         \
    return (int32_t)sum;                                  \
  }

LOOP(lookup_tree, in_tree)
LOOP(lookup_tree_last_used, in_tree_last_used)
LOOP(lookup_array, in_array)

/* For checking: every query's answer by each of the three. */
void lookup_answers(struct lookup *l, int32_t *tree, int32_t *last_used, int32_t *array) {
  for (size_t i = 0; i < l->queries; i++) {
    tree[i] = in_tree(l, l->gfns[i]);
    last_used[i] = in_tree_last_used(l, l->gfns[i]);
    array[i] = in_array(l, l->gfns[i]);
  }
}
