import { isEmpty, type PageSet, pageRange, subtract } from '../../spec/terms/page-set.js'
import type { Applied } from './applied.js'
import { framesOf } from './delta.js'
import type { FirstCall } from './earlier-moves.js'
import type { Evidence } from './evidence.js'
import { type Crossed, closeGaps, type Gap, stronger } from './gaps.js'
import { DOUBTFUL_PAUSES } from './options.js'
import type { Place } from './place.js'
import { type Back, beginUpdate, type Exits, type Update, type UpdateInProgress } from './update.js'

/** Where updates go, and frames that came back after a boundary, or after what may have been one. */
export interface CommitSink {
  update(update: Update): void
  back(back: Back): void
}

/** What the VM tells its commits. */
export interface CommitContext {
  readonly pause: number
  /** Seconds by which the difference of two stamps may be wrong. */
  readonly error: () => number
  /** Nothing recorded tells where an update of this thread ends: then a delete after a create begins another. */
  readonly guesses: (tid: number | null) => boolean
  readonly evidence: (from: Place, call: Applied, except: number | null) => Evidence
  readonly exits: (from: Place, to: Place, except: number | null) => Exits
}

/** Follows, on one VM, the commits of every thread: what they unmap, and when it comes back. */
export interface Commits {
  call(call: Applied): void
  /** A call of which it is not known what it changed: it may have unmapped these frames, and mapped any others. */
  unread(tid: number | null, as: number, pages: PageSet, at: Place): void
  /** A slot from before the recording was deleted: what it mapped is not known, and it was not these frames. */
  unsized(call: Applied, from: number): void
  /** The first call on a slot from before the recording: it may have moved it away from these frames. */
  mayHaveMoved(first: FirstCall, as: number, pages: PageSet): void
  /** A call that a commit makes beside its memslot calls: it goes on. */
  goesOn(tid: number | null, at: number | null, ended: number | null): void
  /** Something that shows that a commit of this thread is over, or of every thread. */
  boundary(tid: number | null | 'all'): void
  end(): void
}

/** The commit that a thread is in, if it is in one. */
interface Commit {
  update: UpdateInProgress | null
  /** No boundary since its last call. */
  live: boolean
  /** When its last call had returned, or began where that is not recorded. */
  last: number | null
}

/** A gap with the update that made it; null once that has ended. */
type OwnedGap = Gap & { readonly owner: UpdateInProgress | null }

const MAX_FRAMES = 2 ** 40
/** Gaps kept of memory that never comes back. */
const KEPT_GAPS = 4096

export const createCommits = (context: CommitContext, sink: CommitSink): Commits => {
  const commits = new Map<number | null, Commit>()
  let gaps: readonly OwnedGap[] = []

  const commitOf = (tid: number | null): Commit => {
    const known = commits.get(tid)
    if (known !== undefined) return known
    const commit = { update: null, live: false, last: null }
    commits.set(tid, commit)
    return commit
  }

  /** The thread's commit is over, or may be: its update ends, and what it unmapped stays so beyond it. */
  const cross = (tid: number | null, commit: Commit, crossed: Crossed): void => {
    if (commit.update !== null) sink.update(commit.update.finish())
    commit.update = null
    if (gaps.some(gap => gap.by === tid))
      gaps = gaps
        .map(gap => (gap.by === tid ? { ...gap, owner: null, crossed: stronger(gap.crossed, crossed) } : gap))
        // What was never known to have been mapped is forgotten with the commit that may have unmapped it.
        .filter(({ crossed: by, pages }) => by.kind !== 'boundary' || pages.at(-1) !== MAX_FRAMES)
    if (crossed.kind !== 'boundary') return
    commit.last = null
    commit.live = false
  }

  /** What lies between the thread's last call and this moment, for all that times tell. */
  const pauseOf = (commit: Commit, at: number | null): Crossed => {
    if (!commit.live) return NOTHING
    if (commit.last === null || at === null) return { kind: 'pause not measured', why: 'no times' }
    const seconds = at - commit.last
    const error = context.error()
    if (seconds - error > DOUBTFUL_PAUSES * context.pause) return BOUNDARY
    if (seconds + error <= context.pause) return NOTHING
    return seconds - error > context.pause || error === 0
      ? { kind: 'pause', seconds }
      : { kind: 'pause not measured', why: 'coarse times' }
  }

  /** Time passed since the thread's last call on the VM, and it goes on. */
  const passed = (tid: number | null, commit: Commit, at: number | null): void => {
    const crossed = pauseOf(commit, at)
    if (crossed.kind === 'pause not measured')
      gaps = gaps.map(gap => (gap.by === tid ? { ...gap, crossed: stronger(gap.crossed, crossed) } : gap))
    else if (crossed.kind !== 'nothing') cross(tid, commit, crossed)
  }

  const goesOn = (tid: number | null, at: number | null, ended: number | null): void => {
    const commit = commits.get(tid)
    if (commit === undefined) return
    passed(tid, commit, at)
    commit.last = ended ?? at ?? commit.last
  }

  const comeBack = (call: Applied): void => {
    const { back, stay } = closeGaps(gaps, call.as, call.delta.mapped)
    if (back.length === 0) return
    // Splitting keeps what an owned gap has beside its frames.
    gaps = stay as readonly OwnedGap[]
    for (const gap of back as readonly OwnedGap[]) {
      const maker = commits.get(gap.by)
      const since = maker === undefined || gap.by === call.tid ? NOTHING : pauseOf(maker, call.place.at)
      const crossed = stronger(gap.crossed, since)
      const found: Back = {
        gap,
        crossed,
        as: gap.as,
        pages: gap.pages,
        from: gap.from,
        to: call.place,
        evidence: context.evidence(gap.from, call, gap.by),
        exits: context.exits(gap.from, call.place, gap.by),
      }
      const within = crossed.kind === 'nothing' || crossed.kind === 'pause not measured'
      if (within && gap.owner !== null) gap.owner.window(found)
      else sink.back(found)
    }
  }

  const open = (gap: OwnedGap): void => {
    gaps = [...gaps, gap].slice(-KEPT_GAPS)
  }

  const begin = (call: Applied): { readonly commit: Commit; readonly update: UpdateInProgress } => {
    const { tid, place } = call
    goesOn(tid, place.at, call.ended)
    const commit = commitOf(tid)
    const guess = call.isDelete && commit.update?.created() === true && context.guesses(tid)
    if (guess) cross(tid, commit, { kind: 'guessed split' })
    commit.update ??= beginUpdate(call)
    commit.last = call.ended ?? place.at ?? commit.last
    commit.live = true
    return { commit, update: commit.update }
  }

  return {
    call: call => {
      const { update } = begin(call)
      comeBack(call)
      update.own(call)
      if (!isEmpty(call.delta.unmapped))
        open({
          as: call.as,
          pages: call.delta.unmapped,
          from: call.place,
          by: call.tid,
          stack: call.stack,
          crossed: NOTHING,
          owner: update,
        })
      for (const [tid, commit] of commits) if (tid !== call.tid) commit.update?.foreign(call)
    },
    unread: (tid, as, pages, at) => {
      goesOn(tid, at.at, null)
      const commit = commitOf(tid)
      commit.live = true
      commit.last = at.at ?? commit.last
      gaps = gaps.map(gap =>
        gap.as === as && gap.pages.at(-1) !== MAX_FRAMES ? { ...gap, crossed: CALL_NOT_READ } : gap,
      )
      if (!isEmpty(pages))
        open({ as, pages, from: at, by: tid, stack: null, crossed: { kind: 'line not read' }, owner: null })
    },
    unsized: (call, from) => {
      const elsewhere = framesOf(call.after.slots)
      const pages = subtract(pageRange(from, MAX_FRAMES), elsewhere)
      open({
        as: call.as,
        pages,
        from: call.place,
        by: call.tid,
        stack: call.stack,
        crossed: { kind: 'size not recorded' },
        owner: null,
      })
    },
    mayHaveMoved: ({ tid, place, stack }, as, pages) =>
      open({ as, pages, from: place, by: tid, stack, crossed: { kind: 'place not recorded' }, owner: null }),
    goesOn,
    boundary: tid => {
      if (tid === 'all') for (const [each, commit] of commits) cross(each, commit, BOUNDARY)
      else {
        const commit = commits.get(tid)
        // Without a call since the last boundary there is nothing that this one could end.
        if (commit?.live === true) cross(tid, commit, BOUNDARY)
      }
    },
    end: () => {
      for (const commit of commits.values()) {
        if (commit.update !== null) sink.update(commit.update.finish())
        commit.update = null
      }
    },
  }
}

const NOTHING: Crossed = { kind: 'nothing' }
const BOUNDARY: Crossed = { kind: 'boundary' }
const CALL_NOT_READ: Crossed = { kind: 'call not read' }
