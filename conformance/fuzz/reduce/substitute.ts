import { u64 } from '../../../spec/terms/numbers.js'
import type {
  Operation,
  ReadVirtual,
  RmwVirtual,
  SetCall,
  Translate,
  WriteVirtual,
} from '../../../spec/terms/operation.js'

/** The same by KVM's emulator, where the processor made it. */
const emulated = (o: Translate | ReadVirtual | WriteVirtual | RmwVirtual): readonly Operation[] =>
  o.by === undefined ? [] : [withoutBy(o)]

const withoutBy = ({ by: _, ...rest }: Translate | ReadVirtual | WriteVirtual | RmwVirtual): Operation =>
  rest as Operation // only an option goes

/** The same of which nobody says what the VMM answers. */
const unanswered = (o: ReadVirtual | RmwVirtual): readonly Operation[] => {
  const { device, ...rest } = o
  return device === undefined ? [] : [rest as Operation] // only an option goes
}

/** Operations that do a part of what this one does. All of them come after it in one order, so that substituting ends. */
const plainerThan = (o: Operation): readonly Operation[] => {
  switch (o.op) {
    case 'ad-update':
    case 'rmw':
      return [{ ...o, op: 'write' }]
    case 'fetch':
    case 'walk':
      return [{ ...o, op: 'read' }]
    case 'write': {
      const { vcpu: _, ...at } = o
      return [{ ...at, op: 'kernel-access', size: o.data.length / 2 }]
    }
    case 'read': {
      const { vcpu: _, ...at } = o
      return [{ ...at, op: 'kernel-access' }]
    }
    case 'fetch-instruction': {
      const { between, by, ...plain } = o
      return between !== undefined || by !== undefined ? [plain] : []
    }
    case 'rmw-virtual': {
      return [
        ...emulated(o),
        ...unanswered(o),
        { op: 'write-virtual', vcpu: o.vcpu, gva: o.gva, data: o.data },
      ]
    }
    case 'write-virtual':
      return [...emulated(o), { op: 'translate', vcpu: o.vcpu, gva: o.gva, access: 'write' }]
    case 'read-virtual':
      return [...emulated(o), ...unanswered(o), { op: 'translate', vcpu: o.vcpu, gva: o.gva, access: 'read' }]
    case 'translate':
      return emulated(o)
    case 'batch': {
      const [entry, more] = o.entries
      if (entry === undefined || more !== undefined || entry.reserved !== undefined) return []
      const { id, gpa, hva, flags } = entry
      const size = entry.do === 'remove' ? u64(0) : entry.size
      return [{ op: 'set', as: o.as, id, gpa, size, hva, flags } satisfies SetCall]
    }
    default:
      return []
  }
}

/** The operations with one of them replaced by a plainer one. */
export const substituted = function* (ops: readonly Operation[]): Generator<readonly Operation[]> {
  for (const [i, o] of ops.entries()) for (const plainer of plainerThan(o)) yield ops.with(i, plainer)
}
