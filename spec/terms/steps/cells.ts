import type { Micro } from './script.js'
import type { StepSet } from './slots.js'
import type { Want, World } from './world.js'

/** A translation an access holds, or a vCPU has cached. */
export interface Translation {
  /** The address space it belongs to: a vCPU that has left the space may have it cached all the same. */
  readonly space: number
  readonly frame: number
  readonly hva: number
  readonly ro: boolean
  readonly log: number
  /** The table page that it was derived from, where a walk has put it together: the frame, and the host page that was read there. */
  readonly via?: { readonly frame: number; readonly hva: number }
}

/** A write in a buffer, whose slot is not resolved yet. */
export interface Noted {
  readonly space: number
  readonly frame: number
  readonly hva: number
  /** Every set that explains the write logs its page. */
  readonly due: boolean
}

/** The host page of a remembered hole: no page has this number. */
export const NOWHERE = 15

/**
 * Where a vCPU stands. `held`: it has a translation. `marking`: its data are done. `waiting`: it met a blocked page. `asking`: it
 * wants the lock of calls, between accesses or before it looks up again. `done`: it makes no access any more.
 */
export type VcpuAt = 'ready' | 'looking' | 'held' | 'marking' | 'waiting' | 'asking' | 'done'

export interface StepVcpu {
  readonly kind: 'vcpu'
  readonly id: number
  readonly space: number
  readonly at: VcpuAt
  /** Accesses it may still begin. */
  readonly left: number
  readonly want: Want | null
  /** Index of the frame the access is at. */
  readonly next: number
  readonly hold: Translation | null
  /** Of an access that crosses pages: what it holds, under the same set, for the pages still to come. */
  readonly also: readonly Translation[]
  /** Under shadow paging: the host page of the table that its walk has read. */
  readonly walked: number | null
  /** A set has been published since it took hold. */
  readonly older: boolean
  readonly cache: readonly Translation[]
  /** Writes that it noted and that were not flushed yet. */
  readonly buffer: readonly Noted[]
  /** Kept out of KVM_RUN. */
  readonly out: boolean
  /** When the access began: before anything was seen of the new set, after, or after the update had returned. */
  readonly began: 'before' | 'committed' | 'returned'
  /** Which sets explain all that its fetch has read so far: 1 the old, 2 the new. */
  readonly explained: number
  /** It waits for an update that has ended: the next one owes it a turn. */
  readonly owedTurn: boolean
  /** How often it may still enter or leave SMM. */
  readonly switches: number
  /** How often a signal, an interrupt or a request for which it needs the lock of calls may still come to it. */
  readonly interrupts: number
}

export interface Updater {
  readonly kind: 'updater'
  readonly at: Micro['kind'] | 'idle'
  readonly pc: number
  /** `aborted`: a call failed, and the VMM has ended. */
  readonly ended: 'no' | 'returned' | 'failed' | 'unspecified' | 'aborted'
}

export interface Harvester {
  readonly kind: 'harvester'
  readonly at: 'harvest'
  readonly left: number
}

/** What was observed so far that breaks a property: a sentence each, or null. */
export interface Observed {
  readonly hole: string | null
  readonly neither: string | null
  readonly notAtomicFetch: string | null
  readonly incoherent: string | null
  readonly lost: string | null
  readonly trace: string | null
  readonly otherSpace: string | null
  readonly disturbed: string | null
  readonly disagree: string | null
  /** An access on a changed page completed against the new set, and no longer the old one. */
  readonly committed: boolean
  /** Frames through which an access completed at the new host page, as bits. */
  readonly atNew: number
}

/** The one that makes a step: the rules are offered the cells once for each actor. */
export type Actor = StepVcpu | Updater | Harvester

export interface StepCells {
  readonly world: World
  readonly self: Actor
  readonly updater: Updater
  readonly vcpus: readonly StepVcpu[]
  readonly spaces: readonly { readonly published: StepSet; readonly other: StepSet }[]
  /** Bits of each bitmap; -1 where it was freed. */
  readonly logs: readonly number[]
  /** Bits of writes that completed and were not yet reported, by bitmap. */
  readonly unreported: readonly number[]
  readonly harvester: Harvester
  readonly seen: Observed
}

export type OfVcpu = StepCells & { readonly self: StepVcpu }
export type OfUpdater = StepCells & { readonly self: Updater }
export type OfHarvester = StepCells & { readonly self: Harvester }

export const nothingSeen: Observed = {
  hole: null,
  neither: null,
  notAtomicFetch: null,
  incoherent: null,
  lost: null,
  trace: null,
  otherSpace: null,
  disturbed: null,
  disagree: null,
  committed: false,
  atNew: 0,
}

/** Keeps the first observation of a kind: later ones add nothing to a run that has already failed. */
export const noting = (
  seen: Observed,
  kind: Exclude<keyof Observed, 'committed' | 'atNew'>,
  what: string,
): Observed => (seen[kind] === null ? { ...seen, [kind]: what } : seen)
