import type { HostRights } from '../../../spec/terms/host.js'
import { get, HOST, hostProtect, set, vcpu } from '../draft/calls.js'
import { listed, type Short } from '../exhaustive/listed.js'
import { ACCESSES, pageBehind, poked, SLOTS } from './words.js'

const RIGHTS: readonly HostRights[] = ['none', 'read', 'all']

const all = function* (): Generator<() => Short> {
  for (const [place, slot] of Object.entries(SLOTS))
    for (const page of [0, 3])
      for (const first of RIGHTS)
        for (const second of RIGHTS)
          for (const [a, one] of Object.entries(ACCESSES))
            for (const [b, other] of Object.entries(ACCESSES)) {
              const behind = pageBehind(slot, page)
              const gfn = slot.base + page
              yield () => ({
                id: `${place}/page-${page}/${first}-${a}/${second}-${b}`,
                ops: [
                  poked(behind),
                  get(2),
                  hostProtect(HOST + behind, first),
                  one(gfn),
                  hostProtect(HOST + behind, second),
                  other(gfn),
                  hostProtect(HOST + behind, 'all'),
                  ...Object.values(ACCESSES)
                    .slice(0, 1)
                    .map(read => read(gfn)),
                  get(2),
                ],
              })
            }
}

/** Accesses of a guest while the host takes rights from the page, and gives them back. */
export const guestHostRights = listed({
  name: 'guest/host-rights',
  says: 'two accesses of a running guest to a page of which the host has these rights, and then those',
  cites: ['x86-fetch.md 4.2', 'SEMANTICS 1: slot', 'real-kvm.md, KVM_SET_USER_MEMORY_REGION'],
  config: {},
  setup: [vcpu, ...Object.values(SLOTS).map(set)],
  cases: all,
  whole: true,
})
