import type { Play } from '../play.js'
import { fetched } from './fetched.js'
import { logged } from './logged.js'
import { redirected } from './redirected.js'
import { restricted } from './restricted.js'
import { retired } from './retired.js'
import { sections } from './sections.js'
import { spaces } from './spaces.js'

export const plays: readonly Play[] = [sections, redirected, restricted, fetched, logged, retired, spaces]
