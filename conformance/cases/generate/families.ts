import { accessDrafts } from './accesses.js'
import { batchErrorDrafts } from './batch-errors.js'
import { callsOnlyDrafts } from './calls-only.js'
import { dirtyDrafts } from './dirty.js'
import { fetchDrafts } from './fetch.js'
import { fetchChangeDrafts } from './fetch-change.js'
import { fetchHostDrafts } from './fetch-host.js'
import { fetchTopDrafts } from './fetch-tops.js'
import { hostRightsDrafts } from './host-rights.js'
import { relationDrafts, replaceOneByOne } from './relations.js'
import { setErrorDrafts } from './set-errors.js'
import { shapeDrafts } from './shapes.js'
import { transitionDrafts } from './transitions.js'
import type { Draft } from './words.js'

/** A family of generated cases: where its expectations come from, and its cases. */
export interface Family {
  readonly cites: readonly string[]
  readonly drafts: () => Iterable<Draft>
}

/** The families: the name is that of the frozen file and begins the id of its cases. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  relations: {
    cites: ['kvm_main.c: kvm_set_memory_region', 'SEMANTICS 2'],
    drafts: function* () {
      yield* relationDrafts()
      yield* replaceOneByOne()
    },
  },
  'set-errors': { cites: ['kvm_main.c: kvm_set_memory_region'], drafts: setErrorDrafts },
  'calls-only': { cites: ['kvm_main.c: kvm_set_memory_region', 'real-kvm 3'], drafts: callsOnlyDrafts },
  'batch-errors': { cites: ['SEMANTICS 2: validation'], drafts: batchErrorDrafts },
  dirty: {
    cites: ['kvm_main.c: kvm_get_dirty_log_protect, kvm_clear_dirty_log_protect'],
    drafts: dirtyDrafts,
  },
  shapes: { cites: ['SEMANTICS 2: page classes, dirty logs'], drafts: shapeDrafts },
  accesses: { cites: ['SEMANTICS 1: access', 'SEMANTICS 5'], drafts: accessDrafts },
  'fetch-path': { cites: ['x86-fetch.md 1-6', 'SEMANTICS 5'], drafts: fetchDrafts },
  'fetch-change': {
    cites: ['SEMANTICS 2: fetch-atomic', 'SEMANTICS 3', 'real-kvm 6'],
    drafts: fetchChangeDrafts,
  },
  'fetch-host': { cites: ['x86-fetch.md 3.2, 4.2, 4.3'], drafts: fetchHostDrafts },
  'fetch-tops': {
    cites: ['svm.c: svm_cache_reg', 'x86.c: load_pdptrs', 'x86-fetch.md 2.2'],
    drafts: fetchTopDrafts,
  },
  'host-rights': { cites: ['x86-fetch.md 4.2', 'SEMANTICS 1: slot'], drafts: hostRightsDrafts },
  transitions: { cites: ['SEMANTICS 2'], drafts: transitionDrafts },
}
