import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { someKernel } from '../../terms/kernels.js'
import { memfdOf } from '../../terms/memfd.js'
import { isPageAligned, pageOf } from '../../terms/numbers.js'
import type { CreateGuestMemfdCall } from '../../terms/operation.js'
import type { Errno } from '../../terms/result.js'
import { refuse, succeed } from '../answer.js'
import { linux, observed, semantics } from '../cite.js'

type Creating = Calling<CreateGuestMemfdCall>
const creating = { call: { op: 'create-guest-memfd' } } as const
const shown = ({ call, params }: Creating) => ({
  size: call.size,
  guestMemfd: params.guestMemfd,
  kernel: params.kernel ?? 'any',
})

const mayBeKnown: Premise<Creating> = premise(
  'memfd-may-be-known',
  {
    holds: 'the VM can make a guest_memfd, if its kernel is not too old',
    fails: 'the VM can make no guest_memfd, or its kernel is too old for it',
  },
  ({ params }) => params.guestMemfd && someKernel(params, k => k.region2),
  shown,
)
const mayBeUnknown: Premise<Creating> = premise(
  'memfd-may-be-unknown',
  {
    holds: 'the VM can make no guest_memfd, or its kernel may be too old for it',
    fails: 'the VM can make a guest_memfd, and its kernel is not too old',
  },
  ({ params }) => !params.guestMemfd || someKernel(params, k => !k.region2),
  shown,
)
const sizeSound: Premise<Creating> = premise(
  'memfd-size-sound',
  {
    holds: 'the size is a whole number of pages, at least one, and below 2^63',
    fails: 'the size is no whole number of pages, 0, or 2^63 or more',
  },
  ({ call }) => isPageAligned(call.size) && call.size > 0n && call.size < 1n << 63n,
  shown,
)
const numberFree: Premise<Creating> = premise(
  'file-number-free',
  { holds: 'the number names no file yet', fails: 'the number names a file' },
  ({ call, memfds }) => memfdOf(memfds, call.file) === null,
  ({ call, memfds }) => ({ file: call.file, files: memfds }),
)

const CREATE = linux('virt/kvm/guest_memfd.c', 'kvm_gmem_create')

const refusal = (
  id: string,
  says: string,
  errno: Errno,
  after: readonly Premise<Creating>[],
  when: Premise<Creating>,
): Rule<Cells> =>
  rule<Cells, Creating>({
    id,
    kind: 'call fails',
    says,
    cites: [CREATE, observed('guest_memfd'), semantics('guest_memfd')],
    match: creating,
    after,
    when: [when],
    rewrite: cells => refuse(cells, errno),
  })

export const guestMemfdRules: readonly Rule<Cells>[] = [
  refusal(
    'memfd.unknown',
    'A kernel without guest_memfd does not know the call that makes one.',
    'ENOTTY',
    [],
    mayBeUnknown,
  ),
  refusal(
    'memfd.size',
    'A guest_memfd has whole pages, at least one, and fewer than 2^63 bytes.',
    'EINVAL',
    [mayBeKnown],
    not(sizeSound),
  ),
  refusal('memfd.exists', 'A number names one file.', 'EEXIST', [mayBeKnown, sizeSound], not(numberFree)),
  rule<Cells, Creating>({
    id: 'memfd.create',
    kind: 'call succeeds',
    says: 'The VM has one more file, of which no page is behind a slot.',
    cites: [CREATE, observed('guest_memfd')],
    match: creating,
    when: [mayBeKnown, sizeSound, numberFree],
    rewrite: cells => {
      const made = { file: cells.call.file, npages: pageOf(cells.call.size) }
      return succeed({ ...cells, memfds: [...cells.memfds, made].toSorted((a, b) => a.file - b.file) })
    },
  }),
]
