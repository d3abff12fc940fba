import type { Blind, Evidence } from './evidence.js'
import type { Place } from './place.js'
import type { CallBegins, CreateVcpu, Run } from './recording/record.js'
import type { Exits } from './update.js'
import { createVcpuThreads, type Moment, type VcpuThreads } from './vcpu-threads.js'

/** What else is known of a VM and of the recording, asked when it matters. */
export interface VcpuContext {
  /** The creation of the VM was recorded. */
  readonly created: boolean
  /** Lines name their threads. */
  readonly named: () => boolean
  /** Lines of this thread can be told from those of others. */
  readonly threadTold: (tid: number | null) => boolean
  /** Whether any thread has entered KVM_RUN, of whatever VM. */
  readonly anyRun: () => boolean
  /** The first KVM_RUN of a vCPU of this VM that was recorded. */
  readonly onFirstRun: () => void
}

/** Follows the vCPUs of one VM: who runs which, and what is known about a span of time. */
export interface VcpuWatch {
  readonly threads: VcpuThreads
  made(call: CreateVcpu): void
  /** A vCPU entered KVM_RUN; its return comes as `run`. */
  entered(call: CallBegins): void
  run(call: Run): void
  /** A vCPU was made or ran, and it is not known of which VM. */
  elsewhere(): void
  /** vCPUs were made, and none of them is the first, which every VM has: its making is not recorded, nor perhaps its lines. */
  firstMissing(): boolean
  evidence(from: Place, to: Place, moment: Moment, except: number | null): Evidence
  /** KVM_RUN exits of other threads within a span that say that memory was missing. */
  exits(from: Place, to: Place, except: number | null): Exits
}

const KEPT_EXITS = 1024

export const createVcpuWatch = (context: VcpuContext): VcpuWatch => {
  const { created } = context
  const threads = createVcpuThreads()
  const made = new Set<number>()
  const ids = new Set<number | null>()
  /** The thread that runs a vCPU; `several` where it is not always the same. */
  const runnerOf = new Map<number, number | null | 'several'>()
  const exits: { readonly tid: number; readonly line: number; readonly internal: boolean }[] = []
  let ran = false
  let unbound = false

  const blind = (): Blind | null => {
    if (!context.named()) return 'threads not named'
    return unbound ? 'vCPU not bound' : null
  }

  /** What is asked at the end about the vCPUs that were made until now. */
  const vcpusBy = (except: number | null): Pick<Evidence, 'unseen' | 'alone' | 'mixed'> => {
    const until = [...made]
    return {
      unseen: () => {
        const count = until.filter(vcpu => !runnerOf.has(vcpu)).length
        return count === 0 ? null : count
      },
      mixed: () => !created && (unbound || [...runnerOf.values()].includes('several')),
      alone: () =>
        created &&
        until.length > 0 &&
        context.threadTold(except) &&
        until.every(vcpu => runnerOf.get(vcpu) === except),
    }
  }

  const firstMissing = (): boolean => created && ids.size > 0 && !ids.has(0) && !ids.has(null)

  /** A vCPU runs whose making is not recorded: then there may be others that do not even run. */
  const stranger = (): boolean => created && [...runnerOf.keys()].some(vcpu => !made.has(vcpu))

  const firstRun = (): void => {
    if (ran) return
    ran = true
    context.onFirstRun()
  }

  return {
    threads,
    made: ({ vcpu, id }) => {
      if (vcpu !== null) made.add(vcpu)
      ids.add(id)
    },
    entered: call => {
      firstRun()
      if (call.tid !== null) threads.enter(call.tid, { line: call.line, at: call.from ?? call.to })
    },
    run: call => {
      firstRun()
      const { tid, vcpu } = call
      if (vcpu !== null) {
        const runner = runnerOf.get(vcpu)
        if (runner === undefined) runnerOf.set(vcpu, tid)
        else if (runner !== tid) runnerOf.set(vcpu, 'several')
      }
      if (tid === null) return
      threads.leave(tid, { line: call.line, at: call.from }, { line: call.endLine, at: call.to }, call.end)
      if (call.exit === null) return
      exits.push({ tid, line: call.endLine, internal: call.exit === 'internal error' })
      if (exits.length > KEPT_EXITS) exits.shift()
    },
    elsewhere: () => {
      unbound = true
    },
    firstMissing,
    evidence: (from, to, moment, except) => ({
      from,
      to,
      moment,
      except,
      allKnown: created,
      blind,
      firstMissing,
      stranger,
      beforeRun: created && !ran,
      beforeAnyRun: !context.anyRun(),
      ...vcpusBy(except),
    }),
    exits: (from, to, except) => {
      const within = exits.filter(({ tid, line }) => tid !== except && line >= from.line && line <= to.line)
      const internalError = within.filter(({ internal }) => internal).length
      return { mmio: within.length - internalError, internalError }
    },
  }
}
