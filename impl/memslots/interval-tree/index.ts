export type { IntervalTreeHandle } from './nodes.js'
export { IntervalTree, type IntervalTreeOptions } from './tree.js'
