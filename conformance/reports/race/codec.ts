import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

const TrialCodec = closed(
  'trial',
  {
    is: t.literal('trial'),
    edit: t.string,
    access: t.string,
    path: oneOf('hardware', 'emulator'),
    edits: natural(),
    /** Edits during which something else than the access was seen. */
    disturbed: natural(),
    turns: natural(),
    /** What was seen, and how often. */
    outcomes: t.record(t.string, natural()),
    /** What the explorer allows. */
    allowed: t.readonlyArray(t.string),
    verdict: oneOf('seen', 'unseen', 'never', 'deviation', 'inconclusive'),
    /** The shortest run that leads to a hole, as text. */
    run: t.union([t.string, t.null]),
  },
  {
    /** KVM was made to emulate by a prefix. */
    prefixed: t.boolean,
  },
)
export type RaceTrial = t.TypeOf<typeof TrialCodec>

const KernelCodec = closed('kernel', {
  is: t.literal('kernel'),
  target: t.string,
  kernel: t.string,
  arch: oneOf('x86', 'arm64'),
  secondStage: oneOf('tdp', 'shadow'),
  cpus: natural(),
  trials: t.readonlyArray(TrialCodec),
  leftOut: t.readonlyArray(
    closed('left out', { is: t.literal('left out'), what: t.string, because: t.string }),
  ),
})
export type RaceKernel = t.TypeOf<typeof KernelCodec>

/** What vCPUs saw while slots were changed, kernel by kernel, beside what the explorer allows. */
export const RaceReportCodec = closed('race report', {
  schema: t.literal('memslot-race'),
  version: t.literal(1),
  seconds: t.number,
  interrupted: t.boolean,
  /** The edits, by name. */
  edits: t.readonlyArray(closed('edit', { id: t.string, says: t.string })),
  kernels: t.readonlyArray(KernelCodec),
  /** Targets on which nothing was raced, and why. */
  failed: t.readonlyArray(closed('failed', { target: t.string, because: t.string })),
})
export type RaceReport = t.TypeOf<typeof RaceReportCodec>
