import { waitsForNobody } from '../../../oracle/designs/faults/anywhere.js'
import { faults } from '../../../oracle/designs/faults/catalogue.js'
import type { Fault, SeededFault } from '../../../oracle/designs/faults/fault.js'
import { verdictOn } from '../../../oracle/designs/faults/seeded.js'
import { recordsOfRun } from '../../../oracle/designs/trace/trace-of-run.js'
import type { Run, RunStep } from '../../../oracle/explore/result.js'
import type { Schedule } from '../../../oracle/wire/program.js'
import { pageOf, u64 } from '../../../spec/terms/numbers.js'
import { isAccess, type Operation } from '../../../spec/terms/operation.js'
import { RO } from '../../../spec/terms/slot.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Script } from '../../stress/programs/draw.js'
import type { Property } from '../../stress/programs/invariants.js'
import { featuresOf } from '../../targets/features.js'
import { type HandWritten, handWritten } from './hand-written.js'
import { owedByHand } from './owed-by-hand.js'
import type { ProgramCase } from './program-case.js'

/*
 * The explorer's shortest counterexamples, as schedules: who does what up to which point. What the seeded fault would have
 * done wrong does not happen in an implementation that waits where it must; there the schedule just goes on.
 */

type Turn = Exclude<Schedule, 'concurrent'>[number]

/** A vCPU that only looks, and the slots through which it sees every host page, whatever leads to it. */
const OBSERVER = 9
const OBSERVES = 98
const SHOWN_FROM = 0x400
const SHOWN_ID = 100
/** Where vCPUs write. */
const WRITTEN = 8

/** SMM entry and RSM save registers, which these vCPUs do not have: here they only change the space. */
const plainly = (operation: Operation): Operation => {
  if (operation.op === 'enter-smm') return { op: 'set-vcpu', vcpu: operation.vcpu, as: 1 }
  return operation.op === 'rsm' ? { op: 'set-vcpu', vcpu: operation.vcpu, as: 0 } : operation
}

/** The turns that a step of a run is. */
const turnsOf = (
  before: StepCells,
  { cells }: RunStep<StepCells>,
  look: readonly Turn[],
): readonly Turn[] => {
  const { self } = cells
  if (self.kind === 'harvester') return [99]
  if (self.kind === 'updater') {
    if (cells.updater.ended !== before.updater.ended) return [0, ...look]
    const micro = before.world.script[before.updater.pc]
    switch (micro?.kind) {
      case 'publish': {
        const blocks = micro.set.blocked.length + micro.set.noWrites.length > 0
        return [{ tid: 0, until: blocks ? 'blocked' : 'published' }]
      }
      case 'revoke':
      case 'drain':
        return before.spaces[0]?.published.blocked.length === 0 ? [] : [{ tid: 0, until: 'drained' }]
      case 'carry':
      case 'retire':
        return [{ tid: 0, until: 'settled' }]
      default:
        return []
    }
  }
  const was = before.vcpus.find(v => v.id === self.id)
  if (was === undefined) return []
  const tid = self.id + 1
  const isOver = was.want !== null && (self.want !== was.want || self.next > was.next)
  if (isOver || self.space !== was.space) return [tid, ...look]
  if (self.at !== was.at && (self.at === 'held' || self.at === 'waiting'))
    return [{ tid, until: 'translated' }]
  return self.at === 'marking' ? [{ tid, until: 'stored' }] : []
}

/** Each write with bytes of its own; with `exchange`, a read writes as well. */
const telling = (exchange: boolean) => {
  let written = 0
  const data = () => (++written).toString(16).padStart(2, '0')
  return (operation: Operation): Operation => {
    if (operation.op === 'write' || operation.op === 'rmw') return { ...operation, data: data() }
    if (!exchange || (operation.op !== 'read' && operation.op !== 'fetch')) return operation
    const { vcpu, gfn } = operation
    return { op: 'rmw', vcpu, gfn, offset: WRITTEN, data: data() }
  }
}

/** The program of a run: what is there before it, its threads and their turns, and what is asked at the end. */
const scriptOf = (run: Run<StepCells>, exchange: boolean): Script => {
  const { cycle: _, ...once } = run
  const records = recordsOfRun(once, { toRest: false })
  const tell = telling(exchange)
  const byThread = new Map<number, Operation[]>()
  for (const record of records) {
    if (record.ev !== 'call' && record.ev !== 'access') continue
    const ops = byThread.get(record.tid) ?? []
    ops.push(isAccess(record.operation) ? tell(record.operation) : plainly(record.operation))
    byThread.set(record.tid, ops)
  }
  const ofZero = byThread.get(0) ?? []
  const setUp = ofZero.filter(({ op }) => op !== 'batch')
  const pages = setUp.flatMap(o => (o.op === 'poke' ? [pageOf(o.hva)] : []))
  const shown = pages.map(
    (page, i): Operation => ({
      ...{ op: 'set', as: 0, id: SHOWN_ID + i, flags: RO, size: u64(4096) },
      ...{ gpa: u64((SHOWN_FROM + i) * 4096), hva: u64(page * 4096) },
    }),
  )
  const looks = pages.map(
    (_, i): Operation => ({
      ...{ op: 'read', vcpu: OBSERVER, gfn: SHOWN_FROM + i, offset: WRITTEN, size: 1 },
    }),
  )
  const look = looks.map(() => OBSERVES)
  const schedule: Turn[] = []
  let [before, looked] = [run.initial, 0]
  for (const step of run.steps) {
    const turns = turnsOf(before, step, look)
    if (turns.length > 1) looked++
    schedule.push(...turns)
    before = step.cells
  }
  byThread.set(
    0,
    ofZero.filter(({ op }) => op === 'batch'),
  )
  byThread.set(OBSERVES, Array.from({ length: looked }, () => looks).flat())
  const threads = [...byThread].filter(([, ops]) => ops.length > 0).sort(([a], [b]) => a - b)
  const logged = (byThread.get(0) ?? []).flatMap(o =>
    o.op === 'batch' ? o.entries.filter(e => e.do === 'set' && (e.flags & 1) !== 0).map(({ id }) => id) : [],
  )
  const kept = setUp.flatMap(o => (o.op === 'set' && o.as === 0 && (o.flags & 1) !== 0 ? [o.id] : []))
  return {
    config: {},
    before: [{ op: 'create-vcpu', vcpu: OBSERVER }, ...setUp, ...shown],
    threads: threads.map(([, ops]) => ops),
    tids: threads.map(([tid]) => tid),
    schedule,
    after: [
      ...Array.from(
        { length: run.initial.world.frames },
        (_, frame): Operation => ({ op: 'lookup', as: 0, gfn: 16 + frame }),
      ),
      ...[...new Set([...logged, ...kept])].map((id): Operation => ({ op: 'get-dirty', as: 0, id })),
      ...looks,
    ],
  }
}

/** Where the counterexample is an access that waits and need not. */
const WAIT_BREAKS: readonly Property[] = ['undisturbed', 'space-scoped']

const caseOf = (fault: SeededFault, id: string, exchange: boolean): readonly ProgramCase[] => {
  const verdict = verdictOn(fault, true)
  // A run that only goes round has no end that a schedule could come to.
  if (verdict.holds !== false || verdict.run.steps.length === 0) return []
  const script = scriptOf(verdict.run, exchange)
  const all = [...script.before, ...script.threads.flat(), ...script.after]
  return [
    {
      id,
      says: `not as where ${fault.says} (${fault.property})`,
      needs: ['steps', ...featuresOf({}, all)],
      script: () => script,
      waitBreaks: exchange ? null : (WAIT_BREAKS.find(property => property === fault.property) ?? null),
      isJudged: true,
    },
  ]
}

const LATE = 'steps/blocks-nothing/exchange'

/**
 * The run that shows drains which wait for nobody, begun once the owed pages are drained: now only that they are blocked
 * keeps an access from taking its translation.
 */
const lateCaseOf = (fault: Fault): readonly ProgramCase[] =>
  caseOf({ ...fault, of: 'batch', property: 'write-coherent' }, LATE, true).map(one => {
    const script = one.script()
    const schedule: Schedule = [{ tid: 0, until: 'drained' }, ...((script.schedule ?? []) as readonly Turn[])]
    return {
      ...one,
      says: 'not as where owed pages are drained and not blocked (write-coherent)',
      script: () => ({ ...script, schedule }),
    }
  })

const byHand = ({ id, says, script }: HandWritten): ProgramCase => ({
  ...{ id, says, script: () => script, waitBreaks: null, isJudged: true },
  needs: ['steps', ...featuresOf({}, [...script.before, ...script.threads.flat(), ...script.after])],
})

/** A schedule for each seeded fault of the batch; with reads as they are, and with exchanges in their place. */
export const stepCases = (wanted: (id: string) => boolean): readonly ProgramCase[] => {
  const ofBatch = new Map(faults.filter(({ of }) => of === 'batch').map(fault => [fault.id, fault]))
  const found = [...ofBatch.values()].flatMap(fault =>
    [false, true].flatMap(exchange => {
      const id = `steps/${fault.id}${exchange ? '/exchange' : ''}`
      return wanted(id) ? caseOf(fault, id, exchange) : []
    }),
  )
  return [
    ...found,
    ...(wanted(LATE) ? [waitsForNobody].flatMap(lateCaseOf) : []),
    ...[...handWritten, ...owedByHand].filter(({ id }) => wanted(id)).map(byHand),
  ]
}
