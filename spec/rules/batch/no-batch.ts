import { type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { refuse } from '../answer.js'
import { callerOwnsVm } from '../circumstances.js'
import { linux, semantics } from '../cite.js'
import type { Batching } from './faults.js'
import { batching, batchStranger } from './refused.js'

export const batchUnknown = rule<Cells, Batching>({
  id: 'batch.unknown',
  kind: 'call fails',
  says: 'Linux today has no batch: an unknown ioctl number of a VM is refused.',
  cites: [semantics('3. One slot at a time'), linux('virt/kvm/kvm_main.c', 'kvm_vm_ioctl')],
  match: batching,
  when: [callerOwnsVm],
  rewrite: cells => refuse(cells, 'ENOTTY'),
})

/** A batch where there is none: the caller is checked before the ioctl number is. */
export const noBatchRules: readonly Rule<Cells>[] = [batchStranger, batchUnknown]
