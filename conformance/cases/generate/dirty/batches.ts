import { removalOf as removal } from '../../../../spec/terms/build-batch.js'
import { counted } from '../../../../spec/terms/counted.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { batch, type Draft, entry, get, HOST, protect, ring, vcpu, write } from '../../draft/calls.js'
import { clearing, slot } from './logged.js'

/** Pages of a slot whose log has whole chunks that can be handed over, however a target cuts its logs. */
const LARGE = 3 * 2 ** 16

/** What a batch does to a logged slot: its generation, its bits, and the ring that takes the bitmaps away. */
export const batches = function* (): Generator<Draft> {
  const page = { id: 1, base: 16, npages: 8, hva: HOST, flags: 1 }
  const changes: Readonly<Record<string, readonly Operation[]>> = {
    flags: [batch([entry({ ...page, flags: 3 })])],
    move: [batch([entry({ ...page, base: 48 })])],
    resize: [batch([entry({ ...page, npages: 9 })])],
    're-back': [batch([entry({ ...page, hva: HOST + 64 })])],
  }
  for (const [name, between] of Object.entries(changes))
    for (const g of [2, 3, 4, 6, 8])
      yield {
        id: `dirty/since-batch/${name}/${g}`,
        says: `CLEAR names generation ${g} after a batch: ${name}`,
        config: {},
        ops: [
          vcpu,
          protect(1),
          slot(8),
          write(17),
          ...between,
          clearing(0, name === 'resize' ? 9 : 8, [[0, 8]], { generation: g }),
          get(1),
        ],
      }
  for (const flags of [0, 1, 2, 3])
    yield {
      id: `dirty/ring/batch-flags-${flags}`,
      says: `a logged slot of a VM with a dirty ring gets flags ${flags} by a batch`,
      config: {},
      ops: [ring(65536), slot(8), batch([entry({ ...page, flags })]), get(1)],
    }
  for (const far of [0, 2 ** 31, 2 ** 32])
    yield {
      id: `dirty/carry/host-pages-apart-${far}`,
      says: `a slot takes another one’s frames, ${far} host pages further`,
      config: {},
      ops: [
        ...[vcpu, slot(8), write(17)],
        batch([removal(1), entry({ ...page, id: 2, hva: HOST + far })]),
        get(2),
      ],
    }
  yield {
    id: 'dirty/carry/by-frame-and-by-id',
    says: 'a large slot moves and another takes its frames and pages: each page has two that carry it',
    config: {},
    ops: [
      ...[vcpu, slot(LARGE), write(16 + LARGE / 2)],
      batch([entry({ ...page, base: 2 ** 30, npages: LARGE }), entry({ ...page, id: 2, npages: LARGE })]),
      ...[get(1), get(2)],
    ],
  }
  for (const runs of [63, 64, 65, 130])
    yield {
      id: `dirty/retired/runs-${runs}`,
      says: `a batch retires ${counted(runs, 'run')} of dirty pages`,
      config: {},
      ops: [
        ...[vcpu, slot(400)],
        ...Array.from({ length: runs }, (_, i) => write(16 + 2 * i)),
        batch([removal(1)]),
      ],
    }
}
