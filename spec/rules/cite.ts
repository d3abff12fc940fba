import type { Citation } from '../rewrite/index.js'
import {
  type BUILT,
  DOCUMENTED,
  MAILS,
  mailText,
  type OBSERVED,
  type READ_AT,
  type SEMANTICS,
  SOURCE,
} from './documents.js'

/** A file of Linux and the functions in it, separated by commas. */
export const linux = (file: keyof typeof READ_AT, at: string): Citation => ({
  source: `${SOURCE.linux}${file}`,
  at,
})
/** A mail of the threads about atomic memslot updates. */
export const thread = (mail: keyof typeof MAILS): Citation => ({
  source: SOURCE.thread,
  at: mailText(MAILS[mail]),
})
/** A section of `docs/semantics.md`, the normative decisions that this specification puts into rules. */
export const semantics = (at: (typeof SEMANTICS)[number]): Citation => ({ source: SOURCE.semantics, at })
/** A behaviour seen on real kernels: a section of `docs/evidence/real-kvm.md`. */
export const observed = (at: (typeof OBSERVED)[number]): Citation => ({ source: SOURCE.observed, at })
/** A section of the documented interface. */
/** What a kernel showed into which a batched call was built: a section of `docs/evidence/kernel-batch.md`. */
export const built = (at: (typeof BUILT)[number]): Citation => ({ source: SOURCE.built, at })
export const documented = (at: keyof typeof DOCUMENTED): Citation =>
  linux('Documentation/virt/kvm/api.rst', `${at} ${DOCUMENTED[at]}`)
