import type { Place } from './place.js'
import type { RecordingFacts } from './recording/import-recording.js'

/** What the recording tells of where updates of one VM end. */
export interface ToldBoundaries {
  /** A memslot call of the thread stands there. */
  set(tid: number | null, place: Place): void
  /** A call that would end an update. */
  ending(): void
  /** Some memslot call names its thread. */
  named(): boolean
  /** Lines that name no threads are one thread's, unless they are plainly cut out of a log of several. */
  threadTold(tid: number | null): boolean
  /** Nothing recorded tells where an update of this thread ends. */
  guesses(tid: number | null): boolean
  /** Why it cannot be known where updates end; empty where it can. */
  unknown(): readonly string[]
}

export const createToldBoundaries = (pause: number, facts: () => RecordingFacts): ToldBoundaries => {
  // Where no call is recorded that could end an update, only times tell where one ends.
  let endings = false
  let stamped = false
  let named = false
  let any = false

  const threadTold = (tid: number | null): boolean => {
    if (tid !== null) return true
    const { format, interleaved } = facts()
    return format === 'strace' && !interleaved
  }

  const setsOnly = (): boolean => !endings && !(stamped && facts().resolution < pause)

  return {
    set: (tid, { at }) => {
      any = true
      if (tid !== null) named = true
      if (at !== null) stamped = true
    },
    ending: () => {
      endings = true
    },
    named: () => named,
    threadTold,
    guesses: tid => !threadTold(tid) || setsOnly(),
    unknown: () => {
      if (!any) return []
      const reasons: string[] = []
      if (!named && !threadTold(null)) reasons.push('lines do not name their threads')
      if (setsOnly())
        reasons.push(
          stamped
            ? 'only memslot calls are recorded, with times too coarse to measure a pause'
            : 'only memslot calls are recorded, without times',
        )
      return reasons
    },
  }
}
