import { Vm } from '../../../impl/index.js'
import { step } from '../../../spec/rewrite/index.js'
import { type Cells, initialMachine } from '../../../spec/terms/cells.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { defaultParameters } from '../../../spec/terms/parameters.js'
import type { Benchmark } from '../benchmark.js'
import { contender } from '../contender.js'
import { calling, relation } from './machine.js'

const slot = (id: number, change: Partial<SetCall> = {}): SetCall => ({
  op: 'set',
  as: 0,
  id,
  gpa: addressOf(id * 256),
  size: addressOf(128),
  hva: addressOf(0x10000 + id * 256),
  flags: id % 2,
  ...change,
})

const layout = Array.from({ length: 8 }, (_, id) => slot(id))

/** Calls that leave the slots as they found them, so that the round can be gone again and again. */
const ROUND: readonly SetCall[] = [
  slot(9),
  slot(3, { flags: 0 }),
  slot(3),
  slot(3),
  slot(9, { gpa: addressOf(10 * 256) }),
  slot(8, { gpa: addressOf(10 * 256 + 1) }),
  slot(5, { size: u64(0) }),
  slot(5),
  slot(2, { gpa: addressOf(1) }),
  slot(9, { size: u64(0) }),
  slot(9, { size: u64(0) }),
]

type Answer = string | number

const implementation = () => {
  const vm = new Vm()
  return (call: SetCall): Answer => {
    const answer = vm.setRegion(call)
    return 'errno' in answer ? answer.errno : answer.generation
  }
}

const specification = () => {
  let cells: Cells = initialMachine(defaultParameters)
  return (call: SetCall): Answer => {
    const after = step(relation, calling(cells, call))[0]?.cells
    if (after?.returned === null || after === undefined) return 'nothing'
    const { returned } = after
    cells = { ...after, returned: null }
    return returned.is === 'error'
      ? returned.errno
      : returned.is === 'done'
        ? (returned.generation ?? -1)
        : -1
  }
}

/** A machine with the slots laid out, gone round once. */
const ready = (ask: (call: SetCall) => Answer) => {
  for (const call of [...layout, ...ROUND]) ask(call)
  return (call: SetCall): number => (typeof ask(call) === 'string' ? 0 : 1)
}

/** KVM_SET_USER_MEMORY_REGION, one call: the implementation against the specification it is judged by. */
export const setBenchmarks = (): readonly Benchmark[] => [
  {
    name: 'set',
    subject: contender('impl', ROUND, ready(implementation())),
    unit: 'ns',
    comparisons: [{ peer: contender('spec', ROUND, ready(specification())), target: null }],
    check: () => {
      const [impl, spec] = [implementation(), specification()]
      const wrong = [...layout, ...ROUND, ...ROUND].find(call => impl(call) !== spec(call))
      return wrong === undefined ? null : `impl and spec disagree on slot ${wrong.id}`
    },
  },
]
