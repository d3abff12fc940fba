/* Which slots a range of host pages belongs to: an interval tree as the kernel's, asked with first and next. */
#include "slots.h"

struct hvas {
  struct rb_root root;
  uint64_t *starts, *lasts;
  size_t queries, next;
};

static void free_below(struct rb_node *n) {
  if (!n) return;
  free_below(n->child[0]);
  free_below(n->child[1]);
  free(slot_of_hva(OWNER(struct hva_node, rb, n), 0));
}

/* Slots are numbered in the order given; a query is a first page and how many. */
struct hvas *hvas_new(const double *hva, const double *npages, int slots, const double *first, const double *pages,
                      int queries) {
  struct hvas *h = calloc(1, sizeof *h);
  for (int i = 0; i < slots; i++) hva_add(&h->root, new_slot(i, 0, (uint64_t)npages[i], (uint64_t)hva[i]), 0);
  h->queries = queries;
  h->starts = malloc(queries * sizeof *h->starts);
  h->lasts = malloc(queries * sizeof *h->lasts);
  for (int i = 0; i < queries; i++) {
    h->starts[i] = (uint64_t)first[i];
    h->lasts[i] = (uint64_t)(first[i] + pages[i] - 1);
  }
  return h;
}

void hvas_free(struct hvas *h) {
  free_below(h->root.node);
  free(h->starts);
  free(h->lasts);
  free(h);
}

/* The first in order, at and below a node that reaches `start`, that meets the range. */
static struct hva_node *first_below(struct rb_node *n, uint64_t start, uint64_t last) {
  for (;;) {
    struct hva_node *h = OWNER(struct hva_node, rb, n);
    if (n->child[0] && subtree_last(n->child[0]) >= start) {
      n = n->child[0];
      continue;
    }
    if (h->start > last) return NULL;
    if (h->last >= start) return h;
    n = n->child[1];
    if (!n || subtree_last(n) < start) return NULL;
  }
}

static inline struct hva_node *first_in(const struct rb_root *root, uint64_t start, uint64_t last) {
  return root->node && subtree_last(root->node) >= start ? first_below(root->node, start, last) : NULL;
}

static inline struct hva_node *next_in(struct hva_node *h, uint64_t start, uint64_t last) {
  struct rb_node *n = &h->rb;
  for (;;) {
    struct rb_node *right = n->child[1];
    if (right && subtree_last(right) >= start) return first_below(right, start, last);
    struct rb_node *below;
    do {
      below = n;
      n = rb_parent(n);
      if (!n) return NULL;
    } while (n->child[1] == below);
    h = OWNER(struct hva_node, rb, n);
    if (h->start > last) return NULL;
    if (h->last >= start) return h;
  }
}

static inline uint32_t sum_of(const struct hvas *h, size_t query) {
  uint32_t sum = 0;
  uint64_t start = h->starts[query], last = h->lasts[query];
  for (struct hva_node *at = first_in(&h->root, start, last); at; at = next_in(at, start, last))
    sum += 1 + (uint32_t)slot_of_hva(at, 0)->id;
  return sum;
}

int32_t hvas_query(struct hvas *h, int times) {
  uint32_t sum = 0;
  size_t at = h->next;
  for (int i = 0; i < times; i++) {
    sum += sum_of(h, at);
    if (++at == h->queries) at = 0;
  }
  h->next = at;
  return (int32_t)sum;
}

/* For checking: of every query, the sum of the numbers found, each and one more. */
void hvas_answers(const struct hvas *h, int32_t *sums) {
  for (size_t i = 0; i < h->queries; i++) sums[i] = (int32_t)sum_of(h, i);
}
