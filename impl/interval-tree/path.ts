/** More levels than an AVL tree of 2^16 nodes can have: 1.44 log2. */
const DEEPEST = 64

/**
 * The way from the root to the node that an edit is about: the nodes, and the side on which each was left. One writer
 * edits at a time in a thread, so there is one path; nothing of it outlives an edit.
 */
export const pathNodes = new Int32Array(DEEPEST)
export const pathSides = new Uint8Array(DEEPEST)
