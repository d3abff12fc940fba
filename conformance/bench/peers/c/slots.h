/* A slot as large as the kernel's (kmalloc-512), with its nodes and fields where struct kvm_memory_slot has them. */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdint.h>
#include <stdlib.h>

#include "red-black.h"

struct hva_node {
  struct rb_node rb;
  uint64_t start, last, subtree_last;
};

struct slot {
  struct slot *hash_next[2];
  struct slot **hash_prev[2];
  struct hva_node hva[2];
  struct rb_node gfn[2];
  uint64_t base, npages;
  void *dirty_bitmap;
  uint64_t userspace_addr;
  uint32_t flags;
  int32_t id;
};

#define SLOT_BYTES 512
_Static_assert(sizeof(struct slot) <= SLOT_BYTES, "a slot must fit kmalloc-512");

#define OWNER(type, member, pointer) ((type *)((char *)(pointer) - offsetof(type, member)))

static inline struct slot *new_slot(int32_t id, uint64_t base, uint64_t npages, uint64_t hva) {
  struct slot *s = calloc(1, SLOT_BYTES);
  if (!s) abort();
  s->id = id;
  s->base = base;
  s->npages = npages;
  s->userspace_addr = hva;
  return s;
}

#define RB(name) gfn_##name
#define RB_PULL(node) ((void)(node), 0)
#include "red-black.h"
#undef RB
#undef RB_PULL

static inline uint64_t subtree_last(const struct rb_node *n) {
  return n ? OWNER(const struct hva_node, rb, n)->subtree_last : 0;
}

static inline int pull_hva(struct rb_node *n) {
  struct hva_node *h = OWNER(struct hva_node, rb, n);
  uint64_t most = h->last, left = subtree_last(n->child[0]), right = subtree_last(n->child[1]);
  if (left > most) most = left;
  if (right > most) most = right;
  int changed = h->subtree_last != most;
  h->subtree_last = most;
  return changed;
}

#define RB(name) hva_##name
#define RB_PULL(node) pull_hva(node)
#include "red-black.h"
#undef RB
#undef RB_PULL

/* The two nodes of set 0 and set 1. */
static inline struct slot *slot_of_gfn(const struct rb_node *n, int set) {
  return (struct slot *)((char *)n - offsetof(struct slot, gfn) - set * sizeof(struct rb_node));
}

static inline struct slot *slot_of_hva(const struct hva_node *h, int set) {
  return (struct slot *)((char *)h - offsetof(struct slot, hva) - set * sizeof(struct hva_node));
}

MAYBE_UNUSED static void gfn_add(struct rb_root *root, struct slot *s, int set) {
  struct rb_node *parent = NULL, *n = root->node;
  int side = 0;
  while (n) {
    parent = n;
    side = slot_of_gfn(n, set)->base < s->base;
    n = n->child[side];
  }
  gfn_insert(root, parent, side, &s->gfn[set]);
}

MAYBE_UNUSED static void hva_add(struct rb_root *root, struct slot *s, int set) {
  struct hva_node *own = &s->hva[set];
  struct rb_node *parent = NULL, *n = root->node;
  int side = 0;
  own->start = s->userspace_addr;
  own->last = own->subtree_last = s->userspace_addr + s->npages - 1;
  while (n) {
    struct hva_node *h = OWNER(struct hva_node, rb, n);
    if (h->subtree_last < own->last) h->subtree_last = own->last;
    parent = n;
    side = h->start <= own->start;
    n = n->child[side];
  }
  hva_insert(root, parent, side, &own->rb);
}
#endif
