import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import { natural, oneOf } from '../../oracle/wire/scalars.js'
import { ACCESSES, PATHS } from './access.js'

/** What ran the race: the first record. */
export const KernelRecordCodec = closed('kernel', {
  is: t.literal('kernel'),
  /** As `uname -r` has it, and its KVM. */
  kernel: t.string,
  arch: oneOf('x86', 'arm64'),
  /** Whether guests have a second stage, or KVM shadows their tables. */
  secondStage: oneOf('tdp', 'shadow'),
  cpus: natural(),
})
export type KernelRecord = t.TypeOf<typeof KernelRecordCodec>

/** One access in a loop beside one edit. */
export const TrialRecordCodec = closed(
  'trial',
  {
    is: t.literal('trial'),
    edit: t.string,
    access: oneOf(...ACCESSES),
    path: oneOf(...PATHS),
    /** How often the edit was made, from its first set and back to it. */
    edits: natural(),
    /** Edits during which anything but the access itself was seen. */
    disturbed: natural(),
    /** How often the vCPU went round its loop, of 2³². */
    turns: natural(),
    /** What was seen besides, and how often. */
    outcomes: t.record(t.string, natural()),
  },
  {
    /** KVM was made to emulate by the prefix of `force_emulation_prefix`. */
    prefixed: t.boolean,
  },
)
export type TrialRecord = t.TypeOf<typeof TrialRecordCodec>

/** Something that could not be raced, and why. */
export const LeftOutCodec = closed('left out', {
  is: t.literal('left out'),
  what: t.string,
  because: t.string,
})
export type LeftOut = t.TypeOf<typeof LeftOutCodec>

/** A line of a program that races. */
export const RaceRecordCodec = t.union([KernelRecordCodec, TrialRecordCodec, LeftOutCodec])
export type RaceRecord = t.TypeOf<typeof RaceRecordCodec>
