import type { TraceRecord } from '../../../oracle/wire/record.js'
import {
  type BatchCall,
  isAccess,
  type Operation,
  type PhysicalAccess,
  type SetCall,
} from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import type { Seen } from '../../../spec/terms/result.js'
import { isLogged, isWritable, type Layout, pageBehind, type Region, regionAt } from './layout.js'
import { isUpdate, published as publishedBy, type Spaces, slotBefore } from './published.js'
import { pageOfTag, TAG } from './tag.js'

/*
 * What can be said of a concurrent history in one pass, from the values alone. Everything said here is a deviation for
 * the oracle too, which finds more and is slower.
 */

/**
 * What a history can break: the properties of the explorer; `answer`, where a batch fails or publishes as no order of what
 * overlaps explains; `broke`, where a call that must succeed failed, or the target did.
 */
export const PROPERTIES = [
  'no-hole',
  'two-maps',
  'write-coherent',
  'dirty-complete',
  'undisturbed',
  'space-scoped',
  'retry-ends',
  'answer',
  'broke',
] as const
export type Property = (typeof PROPERTIES)[number]

/** A promise of docs/semantics.md that a history breaks. */
export interface Broken {
  readonly property: Property
  readonly says: string
}

interface Begun {
  readonly operation: Operation
  readonly at: number
  /** The newest set that had been published for sure when it began. */
  readonly since: number
  /** The newest set of all when it began: that before it, of an update. */
  readonly newest: number
  waited: boolean
}

/** A completed write to a logged page, whose mark no harvest has told yet. */
interface Unreported {
  readonly from: number
  readonly to: number
  readonly says: string
}

const NOTHING: Spaces = new Map()

const writes = (operation: PhysicalAccess): boolean => 'data' in operation && operation.data !== undefined

/** How an access ends that finds this region. */
const endOf = (operation: PhysicalAccess, found: Region | null): string => {
  const isWalk = operation.op === 'walk' || operation.op === 'ad-update'
  if (found !== null && (isWalk || isWritable(found) || !writes(operation))) return 'data'
  if (isWalk || operation.op === 'kernel-access') return 'fault'
  return operation.op === 'fetch' ? 'exit' : 'mmio'
}

/** The number that a host page carries, where an access has read it. */
const tagOf = (operation: PhysicalAccess, seen: Seen): number | null => {
  if (writes(operation) || operation.offset !== TAG || seen.is !== 'access' || seen.data === undefined)
    return null
  return pageOfTag(seen.data)
}

const holds = (runs: readonly Run[], page: number): boolean =>
  runs.some(([first, count]) => first <= page && page < first + count)

const isGetOf = (o: Operation, as: number, id: number): boolean =>
  o.op === 'get-dirty' && o.as === as && o.id === id

const sayAccess = ({ op, gfn }: PhysicalAccess): string => `a ${op} of frame 0x${gfn.toString(16)}`

/** Watches the records of one VM, and tells of each what it breaks. */
export const watchHistory = () => {
  const sets: Spaces[] = [NOTHING]
  const spaceOf = new Map<number, number>()
  const begun = new Map<number, Begun>()
  /** The newest set that has been published for sure: its call has returned, or an access was served by it. */
  let published = 0
  let at = 0
  const unreported = new Map<number, Unreported[]>()
  /** The call before this one, which may have fetched the log that this one ends. */
  let previous: Begun | null = null
  /** When a harvest last told a page: it may have told of writes that had not completed yet. */
  const toldAt = new Map<number, number>()
  /** What was read of pages to which no slot leads for writing, since the last update. */
  let frozen = new Map<string, string>()

  const layoutOf = (set: number, as: number): Layout => (sets[set] as Spaces).get(as) ?? [] // a set's index

  const checkAccess = (of: Begun, operation: PhysicalAccess, seen: Seen): Broken | null => {
    if (seen.is !== 'access') return null
    const as = 'vcpu' in operation ? (spaceOf.get(operation.vcpu) ?? 0) : 0
    const { gfn } = operation
    const newest = sets.length - 1
    const tag = tagOf(operation, seen)
    const found = Array.from({ length: newest - of.since + 1 }, (_, i) =>
      regionAt(layoutOf(of.since + i, as), gfn),
    )
    const explains = (region: Region | null): boolean =>
      endOf(operation, region) === seen.end &&
      (tag === null || region === null || pageBehind(region, gfn) === tag)
    const first = found.findIndex(explains)
    if (first < 0) return unexplained(of, operation, as, seen, found)
    published = Math.max(published, of.since + first)
    if (of.waited && !isOwed(found, operation))
      return { property: 'undisturbed', says: `${sayAccess(operation)} waited, and no update owes it` }
    if (seen.end !== 'data') return null
    const pages = new Set(found.map(region => (region === null ? -1 : pageBehind(region, gfn))))
    const [page = -1] = pages
    if (pages.size > 1 || page < 0) return null
    if (writes(operation)) {
      const isKept = found.every(region => region !== null && isLogged(region) && isWritable(region))
      if (isKept && of.at > (toldAt.get(page) ?? -1)) {
        const list = unreported.get(page) ?? []
        list.push({ from: of.at, to: at, says: sayAccess(operation) })
        unreported.set(page, list)
      }
      return null
    }
    return of.since === newest ? checkFrozen(operation, seen.data, page, newest) : null
  }

  /** Nothing that may be published explains the access. */
  const unexplained = (
    of: Begun,
    operation: PhysicalAccess,
    as: number,
    seen: Extract<Seen, { is: 'access' }>,
    found: readonly (Region | null)[],
  ): Broken => {
    const what = `${sayAccess(operation)} ended as ${seen.end}`
    const isHole = seen.end === 'exit' || seen.end === 'fault' || (seen.end === 'mmio' && !writes(operation))
    if (isHole && found.every(region => region !== null))
      return { property: 'no-hole', says: `${what}, and there was a slot before and after` }
    const tag = tagOf(operation, seen)
    const where = tag === null ? '' : ` at host page 0x${tag.toString(16)}`
    const isOld = sets.slice(0, of.since).some(set => {
      const region = regionAt(set.get(as) ?? [], operation.gfn)
      return (
        endOf(operation, region) === seen.end &&
        (tag === null || (region !== null && pageBehind(region, operation.gfn) === tag))
      )
    })
    return {
      property: 'two-maps',
      says: `${what}${where}, which ${isOld ? 'a set explains that had been replaced before it began' : 'neither the set before nor the one after explains'}`,
    }
  }

  /** A page that no slot shows writable does not change. */
  const checkFrozen = (
    operation: PhysicalAccess,
    data: string | undefined,
    page: number,
    newest: number,
  ): Broken | null => {
    if (data === undefined) return null
    const leads = (set: number): readonly Region[] =>
      [...(sets[set] as Spaces).values()]
        .flat()
        .filter(region => isWritable(region) && region.page <= page && page < region.page + region.npages)
    if (leads(newest).length > 0) return null
    const key = `${page}/${operation.offset}`
    const before = frozen.get(key)
    if (before === undefined) frozen.set(key, data)
    if (before === undefined || before === data) return null
    const was = newest > 0 ? leads(newest - 1)[0] : undefined
    const gfn = was === undefined ? operation.gfn : was.base + page - was.page
    const now = was === undefined ? null : regionAt(layoutOf(newest, 0), gfn)
    return {
      property: now !== null && pageBehind(now, gfn) !== page ? 'write-coherent' : 'two-maps',
      says: `host page 0x${page.toString(16)} was written after the return of the update from which on no slot leads to it for writing`,
    }
  }

  const isOwed = (found: readonly (Region | null)[], operation: PhysicalAccess): boolean =>
    found.some((after, i) => {
      const before = i === 0 ? undefined : found[i - 1]
      if (before === undefined || before === null) return false
      if (after === null || pageBehind(before, operation.gfn) !== pageBehind(after, operation.gfn))
        return true
      return writes(operation) && isWritable(before) && !isWritable(after)
    })

  /** A harvest of pages: `told` of them are dirty. Each write that had completed before it began must be among them. */
  const harvest = (
    pages: readonly { readonly page: number; readonly told: boolean }[],
    from: number,
    what: string,
  ) => {
    let broken: Broken | null = null
    for (const { page, told } of pages) {
      if (told) toldAt.set(page, at)
      const list = unreported.get(page)
      if (list === undefined) continue
      const late = told ? undefined : list.find(({ to }) => to < from)
      if (late !== undefined)
        broken ??= {
          property: 'dirty-complete',
          says: `${late.says} completed, and ${what}`,
        }
      if (told || late !== undefined) unreported.delete(page)
    }
    return broken
  }

  const harvested = (region: Region, bits: readonly Run[]) =>
    Array.from({ length: region.npages }, (_, i) => ({ page: region.page + i, told: holds(bits, i) }))

  const checkBatch = (of: Begun, call: BatchCall, seen: Seen): Broken | null => {
    if (seen.is !== 'ok') {
      sets.pop()
      const errno = seen.is === 'error' ? seen.errno : seen.end
      return { property: 'broke', says: `a batch that must succeed failed with ${errno}` }
    }
    published = sets.length - 1
    const [before, after] = [layoutOf(published - 1, call.as), layoutOf(published, call.as)]
    const goesOn = (old: Region, page: number): boolean =>
      after.some(region => {
        const gfn = region.base + page - region.page
        const has = region.page <= page && page < region.page + region.npages
        return has && isLogged(region) && (region.id === old.id || gfn === old.base + page - old.page)
      })
    const { retired } = seen
    // What the target does not tell is taken for told.
    const bitsOf = (old: Region): readonly Run[] => {
      const all: readonly Run[] = [[0, old.npages]]
      if (retired === undefined) return all
      const record = retired.find(({ id }) => id === old.id)
      return record === undefined ? [] : (record.bits ?? all)
    }
    return harvest(
      before
        .filter(isLogged)
        .flatMap(old => harvested(old, bitsOf(old)).filter(({ page }) => !goesOn(old, page))),
      of.at,
      'the update that ended its logging does not tell it',
    )
  }

  /**
   * A call of today that ends a log drops its bits, and a VMM fetches them before: what completed before that GET, or
   * without one before this call, was to be told. What is written after is lost to any VMM.
   */
  const checkSet = (of: Begun, call: SetCall, seen: Seen): Broken | null => {
    const { as, id } = call
    const before = sets[of.newest] as Spaces // a set's index
    if (seen.is !== 'ok') {
      sets.length = of.newest + 1
      const errno = seen.is === 'error' ? seen.errno : seen.end
      return { property: 'broke', says: `a call that must succeed failed with ${errno}` }
    }
    published = sets.length - 1
    const old = slotBefore(before, call)
    const now = slotBefore(sets[published] as Spaces, call)
    if (old === null || !isLogged(old) || (now !== null && isLogged(now))) return null
    const last = previous as Begun | null // assigned between two records
    const fetched = last !== null && isGetOf(last.operation, as, id) ? last : null
    const nothing: readonly Run[] = []
    const broken = harvest(
      harvested(old, nothing),
      fetched?.at ?? of.at,
      'no GET tells it before the call that ends its log',
    )
    for (let i = 0; i < old.npages; i++) unreported.delete(old.page + i)
    return broken
  }

  const finish = (of: Begun, seen: Seen): Broken | null => {
    const { operation } = of
    if (isAccess(operation)) return 'gfn' in operation ? checkAccess(of, operation, seen) : null
    switch (operation.op) {
      case 'batch':
        return checkBatch(of, operation, seen)
      case 'set':
        return checkSet(of, operation, seen)
      case 'set-vcpu':
        spaceOf.set(operation.vcpu, operation.as)
        return null
      case 'get-dirty': {
        if (seen.is !== 'ok') return null
        const region = layoutOf(published, operation.as).find(({ id }) => id === operation.id)
        if (region === undefined || seen.bits === undefined) return null
        return harvest(harvested(region, seen.bits), of.at, 'the next harvest does not tell it')
      }
      default:
        return null
    }
  }

  /** Takes the next record: what it breaks, or null. */
  return (record: TraceRecord): Broken | null => {
    at++
    switch (record.ev) {
      case 'call':
      case 'access': {
        const newest = sets.length - 1
        if (isUpdate(record.operation)) {
          sets.push(...publishedBy(sets.at(-1) as Spaces, record.operation)) // there is always one
          frozen = new Map()
        }
        begun.set(record.n, { operation: record.operation, at, since: published, newest, waited: false })
        return null
      }
      case 'access-wait': {
        const of = begun.get(record.of)
        if (of !== undefined) of.waited = true
        return null
      }
      case 'return':
      case 'access-end': {
        const of = begun.get(record.of)
        begun.delete(record.of)
        if (of === undefined) return null
        const broken = finish(of, record.seen)
        if (record.ev === 'return') previous = of
        return broken
      }
      default:
        return null
    }
  }
}
