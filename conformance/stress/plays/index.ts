import type { Play } from '../play.js'
import { logged } from './logged.js'
import { redirected } from './redirected.js'
import { restricted } from './restricted.js'
import { retired } from './retired.js'
import { sections } from './sections.js'

export const plays: readonly Play[] = [sections, redirected, restricted, logged, retired]
