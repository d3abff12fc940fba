import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { guestChanges } from './changes.js'
import { guestData } from './data.js'
import { guestDirty } from './dirty.js'
import { guestHostRights } from './host-rights.js'

/** What a guest that is running sees of single calls, by frame: all of it can be asked of a real kernel. */
export const GUEST_FAMILIES: readonly Exhaustive[] = [guestData, guestHostRights, guestDirty, guestChanges]
