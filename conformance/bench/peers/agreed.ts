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
    split: counted(4272, 9882),
    'back anew': counted(826, 1787),
    'split, back anew': counted(4442, 10134),
    'log on': counted(2008, 4272),
    restrict: counted(3674, 8280),
    move: counted(1794, 4206),
  },
  'batch, and back': {
    split: counted(12688, 29485),
    'back anew': counted(1740, 3816),
    'split, back anew': counted(11878, 27190),
    'log on': counted(9039, 20515),
    restrict: counted(8554, 19329),
    move: counted(3938, 9209),
  },
}
