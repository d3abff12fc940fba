/*
 * A red-black tree of nodes that lie within their owners and know their parent, which holds the colour in its lowest
 * bit: three words, the shape of the kernel's. A template: define, before including this file again,
 *
 *   RB(name)      the name of a function of this tree
 *   RB_PULL(node) what recomputes a node's summary from itself and its children, and tells whether it has changed
 */
#ifndef RED_BLACK_H
#define RED_BLACK_H

#include <stddef.h>
#include <stdint.h>

struct rb_node {
  uintptr_t parent_and_red;
  struct rb_node *child[2]; /* before, after */
};

struct rb_root {
  struct rb_node *node;
};

static inline struct rb_node *rb_parent(const struct rb_node *n) {
  return (struct rb_node *)(n->parent_and_red & ~(uintptr_t)1);
}

static inline int rb_red(const struct rb_node *n) {
  return n->parent_and_red & 1;
}

static inline int rb_is_red(const struct rb_node *n) {
  return n && rb_red(n);
}

static inline void rb_paint(struct rb_node *n, int red) {
  n->parent_and_red = (n->parent_and_red & ~(uintptr_t)1) | (uintptr_t)red;
}

static inline void rb_set_parent(struct rb_node *n, struct rb_node *parent) {
  n->parent_and_red = (uintptr_t)parent | (n->parent_and_red & 1);
}

/* The nearest node in order on a side. */
static inline struct rb_node *rb_neighbour(const struct rb_node *n, int side) {
  if (n->child[side]) {
    const struct rb_node *at = n->child[side];
    while (at->child[!side]) at = at->child[!side];
    return (struct rb_node *)at;
  }
  struct rb_node *up;
  while ((up = rb_parent(n)) && up->child[side] == n) n = up;
  return up;
}

static inline void rb_put_below(struct rb_root *root, struct rb_node *parent, struct rb_node *old,
                                struct rb_node *now) {
  if (!parent) root->node = now;
  else parent->child[parent->child[1] == old] = now;
  if (now) rb_set_parent(now, parent);
}

#define MAYBE_UNUSED __attribute__((unused))
#endif

#ifdef RB
/* Brings the child of `top` on the other side up, and `top` down to `side`. */
MAYBE_UNUSED static void RB(rotate)(struct rb_root *root, struct rb_node *top, int side) {
  struct rb_node *up = top->child[!side], *between = up->child[side];
  rb_put_below(root, rb_parent(top), top, up);
  top->child[!side] = between;
  if (between) rb_set_parent(between, top);
  up->child[side] = top;
  rb_set_parent(top, up);
  (void)RB_PULL(top);
  (void)RB_PULL(up);
}

/* Hangs a node below `parent`, where the search for its place has ended, and colours the tree anew. */
MAYBE_UNUSED static void RB(insert)(struct rb_root *root, struct rb_node *parent, int side, struct rb_node *n) {
  n->parent_and_red = (uintptr_t)parent | 1;
  n->child[0] = n->child[1] = NULL;
  if (parent) parent->child[side] = n;
  else root->node = n;
  for (struct rb_node *p; (p = rb_parent(n)) && rb_red(p);) {
    struct rb_node *top = rb_parent(p); /* there is one: the root is black */
    int s = top->child[1] == p;
    struct rb_node *uncle = top->child[!s];
    if (rb_is_red(uncle)) {
      rb_paint(p, 0);
      rb_paint(uncle, 0);
      rb_paint(top, 1);
      n = top;
      continue;
    }
    if (p->child[!s] == n) {
      RB(rotate)(root, p, s);
      p = n;
    }
    rb_paint(p, 0);
    rb_paint(top, 1);
    RB(rotate)(root, top, !s);
    break;
  }
  rb_paint(root->node, 0);
}

/* Below `parent`, on `side`, a black node is missing. */
MAYBE_UNUSED static void RB(mend)(struct rb_root *root, struct rb_node *parent, int side) {
  for (;;) {
    struct rb_node *sibling = parent->child[!side];
    if (rb_red(sibling)) {
      rb_paint(sibling, 0);
      rb_paint(parent, 1);
      RB(rotate)(root, parent, side);
      sibling = parent->child[!side];
    }
    struct rb_node *near = sibling->child[side], *far = sibling->child[!side];
    if (!rb_is_red(near) && !rb_is_red(far)) {
      struct rb_node *up = rb_parent(parent);
      rb_paint(sibling, 1);
      if (rb_red(parent) || !up) {
        rb_paint(parent, 0);
        return;
      }
      side = up->child[1] == parent;
      parent = up;
      continue;
    }
    if (!rb_is_red(far)) {
      rb_paint(near, 0);
      rb_paint(sibling, 1);
      RB(rotate)(root, sibling, !side);
      far = sibling;
      sibling = near;
    }
    rb_paint(sibling, rb_red(parent));
    rb_paint(parent, 0);
    rb_paint(far, 0);
    RB(rotate)(root, parent, side);
    return;
  }
}

/* Takes a node out; one with two children is replaced by the next. */
MAYBE_UNUSED static void RB(erase)(struct rb_root *root, struct rb_node *n) {
  struct rb_node *parent = rb_parent(n), *orphan, *heir = NULL;
  int side, lost_black;
  if (n->child[0] && n->child[1]) {
    heir = n->child[1];
    while (heir->child[0]) heir = heir->child[0];
    orphan = heir->child[1];
    lost_black = !rb_red(heir);
    side = rb_parent(heir) == n;
    parent = side ? heir : rb_parent(heir);
    if (!side) {
      parent->child[0] = orphan;
      if (orphan) rb_set_parent(orphan, parent);
      heir->child[1] = n->child[1];
      rb_set_parent(heir->child[1], heir);
    }
    heir->child[0] = n->child[0];
    rb_set_parent(heir->child[0], heir);
    rb_put_below(root, rb_parent(n), n, heir);
    rb_paint(heir, rb_red(n));
  } else {
    orphan = n->child[n->child[0] == NULL];
    side = parent && parent->child[1] == n;
    lost_black = !rb_red(n);
    rb_put_below(root, parent, n, orphan);
  }
  /* The summaries above, until one stays: but not before the heir's, who has another's children now. */
  int passed = heir == NULL;
  for (struct rb_node *at = parent; at; at = rb_parent(at)) {
    int changed = RB_PULL(at);
    if (at == heir) passed = 1;
    else if (passed && !changed) break;
  }
  if (!lost_black) return;
  if (rb_is_red(orphan)) rb_paint(orphan, 0);
  else if (parent) RB(mend)(root, parent, side);
}
#endif
