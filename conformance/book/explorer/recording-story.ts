import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { effectsOf } from '../../../oracle/effects.js'
import { difference } from '../../../oracle/verdict/difference.js'
import { printOperation } from '../../../oracle/verdict/print.js'
import { parametersOf } from '../../../oracle/wire/config.js'
import { type Cells, initialMachine } from '../../../spec/terms/cells.js'
import { counted } from '../../../spec/terms/counted.js'
import { type SpaceId, u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { adopt } from '../../audit/machine.js'
import {
  createImporter,
  type Outcome,
  type RecordedCall,
  showImportError,
  type VmId,
} from '../../audit/recording/index.js'
import { type Edges, edgesOf, machineStrips } from './machine-strips.js'
import type { Lane, Moment, Story } from './picture.js'

/** A recorded memslot call, and the VM after it. */
interface Told {
  readonly vm: VmId
  readonly call: SetCall | null
  readonly seen: string
  readonly line: number
  readonly tid: number | null
  readonly at: number | null
  readonly machine: Cells
  /** Threads, and which of them were inside KVM_RUN when the call ended, as far as lines say. */
  readonly inside: ReadonlyMap<number, boolean>
  readonly odd: readonly string[]
}

const outcomeText = (outcome: Outcome): string =>
  outcome.is === 'value'
    ? outcome.value === 0
      ? 'success'
      : String(outcome.value)
    : outcome.is === 'error'
      ? outcome.errno
      : 'an end that was not recorded'

const setCall = ({ region }: Extract<RecordedCall, { kind: 'set' }>): SetCall | null =>
  region === null
    ? null
    : {
        op: 'set',
        as: region.as as SpaceId,
        id: region.id,
        gpa: u64(region.gpa),
        size: u64(region.size),
        hva: u64(region.hva),
        flags: region.flags,
      }

/** The machine after a recorded call that succeeded: as a rule has it, else as it was asked. */
const after = (machine: Cells, call: SetCall): Cells => {
  const success = effectsOf(machine, call).find(({ result }) => result.is !== 'error')
  return success === undefined ? adopt(machine, call) : { ...success.cells, call: null, returned: null }
}

const lanesOf = ({ inside, tid }: Told): readonly Lane[] =>
  [...inside].map(([thread, running]) => ({
    name: `thread ${thread}`,
    is: running ? 'inside KVM_RUN, as far as lines say' : 'outside KVM_RUN',
    moved: thread === tid,
  }))

const newVm = (): Cells => initialMachine(parametersOf({ profile: 'linux' }))

/** The story of the memslot calls of a recording. Left: why the text is none. For a judgement there is `memslot audit`. */
export const recordingStory = (text: string, file: string): Either<string, Story> => {
  const machines = new Map<VmId, Cells>()
  const inside = new Map<number, boolean>()
  const told: Told[] = []
  const hear = (call: RecordedCall): void => {
    const { tid } = call
    if (tid !== null && call.kind === 'begins' && call.call === 'run') inside.set(tid, true)
    if (tid !== null && call.kind === 'run') inside.set(tid, false)
    if (call.kind !== 'set') return
    const asked = setCall(call)
    const machine = machines.get(call.vm) ?? newVm()
    const seen = outcomeText(call.outcome)
    const done = asked !== null && call.outcome.is === 'value' && call.outcome.value === 0
    const next = done && asked !== null ? after(machine, asked) : machine
    machines.set(call.vm, next)
    told.push({
      vm: call.vm,
      call: asked,
      seen,
      line: call.line,
      tid,
      at: call.from ?? call.to,
      machine: next,
      inside: new Map(inside),
      odd: asked === null ? ['this line could not be read: from here on the picture may be wrong'] : [],
    })
  }
  const importer = createImporter({ name: file }, hear)
  importer.push(text)
  const summary = importer.end()
  if (isLeft(summary)) return left(showImportError(summary.left))
  const edges = new Map<VmId, Edges>()
  for (const { vm } of told) {
    if (!edges.has(vm)) edges.set(vm, edgesOf(told.filter(one => one.vm === vm).map(one => one.machine)))
  }
  const of = (i: number): Told | null => (i === 0 ? null : (told[i - 1] ?? null))
  const beforeOf = (i: number, vm: VmId): Cells =>
    told.slice(0, i - 1).findLast(one => one.vm === vm)?.machine ?? newVm()
  return right({
    title: file,
    notes: [
      `${counted(told.length, 'memslot call')} of ${counted(machines.size, 'VM')}. What of it was a window, and whether a vCPU met it, is not judged here: memslot audit says it.`,
    ],
    length: told.length,
    moment: (i): Moment => {
      const now = of(i)
      if (now === null) {
        const first = told[0]?.vm ?? 0
        return {
          said: 'Before the first call of the recording.',
          rules: [],
          strips: machineStrips(newVm(), edges.get(first) ?? []),
          lanes: [],
          changed: [],
          wrong: [],
        }
      }
      const who = `${machines.size > 1 ? `VM ${now.vm}, ` : ''}line ${now.line}${now.at === null ? '' : `, at ${now.at.toFixed(6)} s`}${now.tid === null ? '' : `, thread ${now.tid}`}`
      return {
        said: `${who}: ${now.call === null ? 'a memslot call' : printOperation(now.call)} → ${now.seen}`,
        rules: [],
        strips: machineStrips(now.machine, edges.get(now.vm) ?? []),
        lanes: lanesOf(now),
        changed: difference(beforeOf(i, now.vm), now.machine),
        wrong: now.odd,
      }
    },
    ways: () => [],
    hindered: () => [],
  })
}
