import type { Citation } from '../rewrite/index.js'

/** A file of Linux and the function or section in it. */
export const linux = (file: string, at: string): Citation => ({ source: `linux ${file}`, at })
/** A mail of the thread "kvm: implement atomic memslot updates". */
export const thread = (at: string): Citation => ({ source: 'thread', at })
/** A section of the normative decisions this specification puts into rules. */
export const semantics = (at: string): Citation => ({ source: 'SEMANTICS', at })
/** A behaviour seen on real kernels. */
export const observed = (at: string): Citation => ({ source: 'observed on real kernels', at })
/** The documented interface. */
export const documented = (at: string): Citation => ({ source: 'linux Documentation/virt/kvm/api.rst', at })
