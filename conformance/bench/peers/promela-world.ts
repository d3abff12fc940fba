import type { World } from '../../../spec/terms/steps/world.js'
import { argument, bitsOf, carriesBefore, OPS } from './promela-script.js'
import { type PeerKind, peerKind, tablesOf } from './script-tables.js'

const KINDS: Readonly<Record<PeerKind, string>> = { read: 'READ', write: 'WRITE', fetch: 'FETCH' }

const define = (name: string, value: number): string => `#define ${name} ${value}`
/** Constant data: `hidden` keeps it out of the states. */
const array = (name: string, values: readonly (number | string)[]): string =>
  `hidden byte ${name}[${Math.max(1, values.length)}] = { ${values.length === 0 ? 0 : values.join(', ')} };`

/** Steps with which a call ends, or its script goes on elsewhere. */
const LEAVES = ['return', 'fail', 'goto']

/** The next step of some kinds from a place on; beyond every place where there is none. */
const nextOf = (
  script: readonly { readonly kind: string }[],
  kinds: readonly string[],
  from: number,
): number => {
  const at = script.findIndex((micro, i) => i >= from && kinds.includes(micro.kind))
  return at < 0 ? Number.POSITIVE_INFINITY : at
}

/** The data of a world for `memslots.pml`. */
export const promelaWorld = (world: World): string => {
  const tables = tablesOf(world)
  const { sets, script } = tables
  // Those of each settling, one after the other.
  const carries = script.flatMap(micro => (micro.kind === 'carry' ? micro.carries : []))
  const slots = sets.flatMap(set => [0, 1].map(i => set.slots[i] ?? null))
  // In place 0 stands what a vCPU that does nothing wants.
  const wants = [null, ...world.menu]
  return [
    ...Object.values(OPS).map(define),
    ...Object.values(KINDS).map((kind, i) => define(kind, i + 1)),
    define('FRAMES', world.frames),
    define('ACCESSES', world.accesses),
    define('HARVESTS', world.harvests),
    define('BITMAPS', Math.max(1, world.logs)),
    define('START', world.start),
    define('END', script.length),
    define('FIRST_SET', 0),
    define(
      'LAST_AWAIT',
      Math.max(
        0,
        script.findLastIndex(micro => micro.kind === 'await-turns'),
      ),
    ),
    // Whether the call that a place belongs to has still to wait for turns.
    array(
      'waits_ahead',
      [...script, null].map((_, pc) =>
        nextOf(script, ['await-turns'], pc) < nextOf(script, LEAVES, pc) ? 1 : 0,
      ),
    ),
    define('MENU', world.menu.length),
    array(
      'kind',
      wants.map(want => (want === null ? 0 : KINDS[peerKind(want)])),
    ),
    array(
      'frames_of',
      wants.map(want => want?.frames.length ?? 0),
    ),
    array(
      'wanted',
      wants.flatMap(want => [want?.frames[0] ?? 0, want?.frames[1] ?? 0]),
    ),
    array(
      'slot_base',
      slots.map(slot => slot?.base ?? 0),
    ),
    array(
      'slot_pages',
      slots.map(slot => slot?.npages ?? 0),
    ),
    array(
      'slot_page',
      slots.map(slot => slot?.hva ?? 0),
    ),
    array(
      'slot_readonly',
      slots.map(slot => (slot?.ro === true ? 1 : 0)),
    ),
    array(
      'slot_log',
      slots.map(slot => (slot?.log ?? -1) + 1),
    ),
    array(
      'slot_invalid',
      slots.map(slot => (slot?.state === 'invalid' ? 1 : 0)),
    ),
    array(
      'set_blocked',
      sets.map(set => bitsOf(set.blocked)),
    ),
    array(
      'set_nowrites',
      sets.map(set => bitsOf(set.noWrites)),
    ),
    array(
      'op',
      script.map(micro => OPS[micro.kind]),
    ),
    array(
      'arg',
      script.map((micro, i) => argument(micro, i, tables)),
    ),
    array(
      'only_writes',
      script.map(micro => (micro.kind === 'revoke' && micro.writes ? 1 : 0)),
    ),
    array(
      'retired',
      script.map(micro => (micro.kind === 'retire' ? bitsOf(micro.pages) : 0)),
    ),
    array(
      'carry_end',
      script.map((_, i) => carriesBefore(script, i + 1)),
    ),
    array(
      'carry_from',
      carries.map(carry => carry.from),
    ),
    array(
      'carry_page',
      carries.map(carry => carry.page),
    ),
    array(
      'carry_to',
      carries.map(carry => carry.to),
    ),
    array(
      'carry_at',
      carries.map(carry => carry.at),
    ),
    '',
  ].join('\n')
}
