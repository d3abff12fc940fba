import type { Counted } from './peer.js'
import type { DesignName, UpdateName } from './scopes.js'

const counted = (states: number, transitions: number): Counted => ({ states, transitions })

/** States and transitions on which the rules, Maude and SPIN agree, at the small scope. */
export const AGREED: Readonly<Record<DesignName, Readonly<Record<UpdateName, Counted>>>> = {
  sequential: {
    split: counted(4394, 10060),
    'back anew': counted(1478, 3218),
    'split, back anew': counted(4394, 10060),
    'log on': counted(1943, 4119),
    restrict: counted(2960, 6540),
    move: counted(2030, 4773),
  },
  batch: {
    split: counted(4484, 10688),
    'back anew': counted(891, 2005),
    'split, back anew': counted(4654, 10940),
    'log on': counted(2073, 4490),
    restrict: counted(3886, 9086),
    move: counted(1898, 4614),
  },
  'batch, and back': {
    split: counted(13338, 32179),
    'back anew': counted(1878, 4282),
    'split, back anew': counted(12426, 29512),
    'log on': counted(9728, 23125),
    restrict: counted(9006, 20961),
    move: counted(4162, 10117),
  },
}
