import { hasPage, noPages, type PageSet, subtract, union } from './page-set.js'

/** What the host may do with pages of its own: as `mprotect` says with PROT_NONE, PROT_READ, or both rights. */
export type HostRights = 'none' | 'read' | 'all'

/** Host pages that the host has taken rights from. What stands in them stays. */
export interface HostPages {
  readonly unreadable: PageSet
  /** Every unreadable page is one of them. */
  readonly unwritable: PageSet
}

/** The host as it begins: every page can be read and written. */
export const allRights: HostPages = { unreadable: noPages, unwritable: noPages }

/** Whether the host can read this host page. */
export const canRead = ({ unreadable }: HostPages, page: number): boolean =>
  unreadable.length === 0 || !hasPage(unreadable, page)

/** Whether the host can write this host page. */
export const canWrite = ({ unwritable }: HostPages, page: number): boolean =>
  unwritable.length === 0 || !hasPage(unwritable, page)

/** The host's pages once some have these rights and no others. */
export const withRights = (host: HostPages, pages: PageSet, rights: HostRights): HostPages => ({
  unreadable: rights === 'none' ? union(host.unreadable, pages) : subtract(host.unreadable, pages),
  unwritable: rights === 'all' ? subtract(host.unwritable, pages) : union(host.unwritable, pages),
})
