import { not, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { readData, writeData } from './bytes.js'
import { access, end } from './form.js'
import { hostReadable, hostWritable, mapped, visible, writable } from './target.js'

/** Entries of page tables: read, and their bits written. */
export const tableRules: readonly Rule<Cells>[] = [
  access(
    'walk.memory',
    'walk',
    'A table entry is read from a user slot, read-only or not.',
    [mapped, visible, hostReadable],
    readData,
  ),
  access(
    'walk.bad-hva',
    'walk',
    'A table page that the host cannot read is a page fault, as a hole is.',
    [mapped, visible, not(hostReadable)],
    end('fault'),
  ),
  access(
    'walk.invisible',
    'walk',
    'The page walker does not see internal slots.',
    [mapped, not(visible)],
    end('fault'),
  ),
  access('walk.hole', 'walk', 'A table page in a hole is a page fault.', [not(mapped)], end('fault')),
  access(
    'ad-update.memory',
    'ad-update',
    'Accessed and dirty bits are written to the table page, and the page is marked.',
    [mapped, visible, writable, hostWritable],
    writeData,
  ),
  access(
    'ad-update.bad-hva',
    'ad-update',
    'Accessed and dirty bits that the host cannot write are a page fault.',
    [mapped, visible, writable, not(hostWritable)],
    end('fault'),
  ),
  access(
    'ad-update.read-only',
    'ad-update',
    'In a read-only slot accessed and dirty bits are left as they are, and the walk goes on.',
    [mapped, visible, not(writable)],
    end('data'),
  ),
  access(
    'ad-update.invisible',
    'ad-update',
    'The page walker does not see internal slots.',
    [mapped, not(visible)],
    end('fault'),
  ),
  access(
    'ad-update.hole',
    'ad-update',
    'A table page in a hole is a page fault.',
    [not(mapped)],
    end('fault'),
  ),
]
