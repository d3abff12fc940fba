import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { someKernel } from '../../terms/kernels.js'
import { SMM, spaceId, type U64 } from '../../terms/numbers.js'
import type { EnterSmmCall } from '../../terms/operation.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { handlerState, saveState } from '../../terms/paging/save-state.js'
import { refuse, succeed } from '../answer.js'
import { linux, observed } from '../cite.js'
import { withoutQueued } from '../entry/queued.js'
import { type OfVcpu, refusal, shown, spaceOfModeExists, vcpuExists, vcpuOf, withVcpu } from '../vm/vcpu.js'
import { isImageWritable, sawImage, withImage } from './save-state.js'

export const smm = linux('arch/x86/kvm/smm.c', 'enter_smm, emulator_leave_smm')

const inNormalMode: Premise<OfVcpu> = premise(
  'in-normal-mode',
  { holds: 'the vCPU is in space 0', fails: 'the vCPU is not in space 0' },
  c => vcpuOf(c)?.space === 0,
  shown,
)
const smbaseIn = ({ call }: OfVcpu): U64 => (call as EnterSmmCall).smbase as U64 // saves-registers
const savesRegisters: Premise<OfVcpu> = premise(
  'saves-registers',
  { holds: 'the SMI saves registers at an SMBASE', fails: 'the SMI saves no registers' },
  ({ call }) => (call as EnterSmmCall).smbase !== undefined,
  ({ call }) => ({ call }),
)
const hasRegisters: Premise<OfVcpu> = premise(
  'has-registers',
  { holds: 'the vCPU has registers', fails: 'the vCPU has no registers: none were loaded' },
  c => vcpuOf(c)?.image !== undefined,
  shown,
)
const imageWritable: Premise<OfVcpu> = premise(
  'save-state-writable',
  {
    holds: 'a slot of space 1 lies behind the save state, and the slot and its host page can be written',
    fails: 'no slot of space 1 lies behind the save state, or the slot or its host page cannot be written',
  },
  c => isImageWritable(c, smbaseIn(c)),
  c => sawImage(c, smbaseIn(c)),
)

const mayEnd: Premise<OfVcpu> = premise(
  'unsaved-may-end',
  {
    holds: 'the kernel may be one that ends a VM whose SMI cannot save registers',
    fails: 'on this kernel an SMI that cannot save registers goes on',
  },
  ({ params }) => someKernel(params, k => !k.smiGoesOn),
  ({ params }) => ({ kernel: params.kernel ?? 'any' }),
)
const mayGoOn: Premise<OfVcpu> = premise(
  'unsaved-may-go-on',
  {
    holds: 'the kernel may be one on which an SMI that cannot save registers goes on',
    fails: 'this kernel ends a VM whose SMI cannot save registers',
  },
  ({ params }) => someKernel(params, k => k.smiGoesOn),
  ({ params }) => ({ kernel: params.kernel ?? 'any' }),
)

/** What was queued is delivered first, before the SMI is taken. */
const into = (cells: OfVcpu): OfVcpu => withVcpu(cells, v => ({ ...withoutQueued(v), space: spaceId(SMM) }))

const imageOf = (cells: OfVcpu): Loaded => vcpuOf(cells)?.image as Loaded // has-registers
const inHandler = (cells: OfVcpu): OfVcpu => {
  const smbase = smbaseIn(cells)
  return withVcpu(into(cells), v => ({ ...v, image: handlerState(imageOf(cells), smbase), smbase }))
}
const saved = (cells: OfVcpu): Cells => {
  const smbase = smbaseIn(cells)
  return succeed(withImage(inHandler(cells), smbase, saveState(imageOf(cells), smbase)))
}

const entering = (
  id: string,
  kind: 'call succeeds' | 'call fails',
  says: string,
  when: readonly Premise<OfVcpu>[],
  rewrite: (cells: OfVcpu) => Cells,
  { cites = [smm], notes = {} }: Partial<Pick<Rule<Cells>, 'cites' | 'notes'>> = {},
): Rule<Cells> =>
  rule<Cells, OfVcpu>({
    id,
    kind,
    says,
    cites,
    match: { call: { op: 'enter-smm' } },
    when: [vcpuExists, spaceOfModeExists, inNormalMode, ...when],
    rewrite,
    notes,
  })

/** What an SMI does. Where it saves registers it does so in space 1, to which it has gone before. */
export const smmRules: readonly Rule<Cells>[] = [
  refusal('smm.absent', 'Only a vCPU that exists enters SMM.', 'ENOENT', 'enter-smm', [], not(vcpuExists)),
  refusal(
    'smm.none',
    'Without a second address space there is no SMM.',
    'EINVAL',
    'enter-smm',
    [vcpuExists],
    not(spaceOfModeExists),
  ),
  refusal(
    'smm.already',
    'A vCPU that is not in space 0 does not enter SMM.',
    'EINVAL',
    'enter-smm',
    [vcpuExists, spaceOfModeExists],
    not(inNormalMode),
  ),
  entering(
    'smm.enter',
    'call succeeds',
    'An SMI takes the vCPU to space 1; it sees no slot of space 0 there.',
    [not(savesRegisters)],
    cells => succeed(into(cells)),
    { cites: [smm, observed('SMM and address space 1')] },
  ),
  entering(
    'smm.nothing-to-save',
    'call fails',
    'A vCPU without registers has none to save.',
    [savesRegisters, not(hasRegisters)],
    cells => refuse(cells, 'EINVAL'),
  ),
  entering(
    'smm.save',
    'call succeeds',
    'An SMI that saves registers writes them to space 1, marked where it is logged, and goes on in real mode at SMBASE.',
    [savesRegisters, hasRegisters, imageWritable],
    saved,
    {
      notes: {
        omits: 'General, debug, descriptor-table registers and RIP: zero in what is saved, and not restored.',
      },
    },
  ),
  entering(
    'smm.save-fails',
    'call fails',
    'Where the registers cannot be saved KVM_RUN fails with EIO; the vCPU is in space 1 already, its registers as they were.',
    [savesRegisters, hasRegisters, not(imageWritable), mayEnd],
    cells => refuse(into(cells), 'EIO'),
    {
      cites: [smm, observed('SMM and address space 1')],
      notes: {
        omits: 'That the VM is dead from then on: every later call of userspace fails with EIO.',
        variation: 'Linux 6.1 goes on (smm.unsaved).',
      },
    },
  ),
  entering(
    'smm.unsaved',
    'call succeeds',
    'Linux 6.1 does not look whether the registers were saved: it goes on at SMBASE, and RSM reads what stands there.',
    [savesRegisters, hasRegisters, not(imageWritable), mayGoOn],
    cells => succeed(inHandler(cells)),
    {
      cites: [observed('SMM and address space 1')],
      notes: { variation: '6.12 and 7.3 fail with EIO (smm.save-fails).' },
    },
  ),
]
