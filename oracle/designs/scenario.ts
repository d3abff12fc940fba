import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { Update } from '../../spec/designs/design.js'
import type { StepSlot } from '../../spec/terms/steps/slots.js'

/*
 * An update in a line:
 *
 *     update = set "->" set
 *     set    = "" | slot { "," slot }
 *     slot   = id ":" frame "+" pages "@" hostpage { flag }      flag = "log" | "ro"
 */

/** Why a line is no update. */
export interface ScenarioError {
  /** The character of the line at which it stands, from 1. */
  readonly at: number
  readonly found: string
  readonly expected: string
}

/** Frames and host pages are bits in the name of a state (`system/encode.ts`), so there may only be a few. */
const MAX_FRAMES = 4
const MAX_HOST_PAGES = 8
/** Ids are those of memslots. */
const MAX_ID = 32_763
const ARROW = '->'
const SLOT = /^(\d+):(\d+)\+(\d+)@(\d+)((?:\s+(?:log|ro))*)$/

const wrong = (at: number, found: string, expected: string): Either<ScenarioError, never> =>
  left({ at, found: found === '' ? 'nothing' : JSON.stringify(found), expected })

const slotAt = (text: string, at: number): Either<ScenarioError, StepSlot> => {
  const parts = SLOT.exec(text)
  if (parts === null) return wrong(at, text, 'a slot like 1:0+2@0 log ro (id:frame+pages@hostpage flags)')
  const [id = 0, base = 0, npages = 0, hva = 0] = parts.slice(1, 5).map(Number)
  const flags = (parts[5] ?? '').trim().split(/\s+/)
  if (id > MAX_ID) return wrong(at, text, `ids of at most ${MAX_ID}`)
  if (npages < 1) return wrong(at, text, 'at least 1 page')
  if (base + npages > MAX_FRAMES) return wrong(at, text, `frames below ${MAX_FRAMES}`)
  if (hva + npages > MAX_HOST_PAGES) return wrong(at, text, `host pages below ${MAX_HOST_PAGES}`)
  return right({
    id,
    base,
    npages,
    hva,
    ro: flags.includes('ro'),
    log: flags.includes('log') ? 0 : -1,
    state: 'live',
  })
}

const setAt = (text: string, from: number): Either<ScenarioError, readonly StepSlot[]> => {
  const slots: StepSlot[] = []
  let at = from
  for (const part of text.trim() === '' ? [] : text.split(',')) {
    const here = at + part.length - part.trimStart().length
    const slot = slotAt(part.trim(), here)
    if (slot._tag === 'Left') return slot
    const { id, base, npages } = slot.right
    if (slots.some(s => s.id === id))
      return wrong(here, part.trim(), `an id that this set has not: ${id} is taken`)
    if (slots.some(s => s.base < base + npages && base < s.base + s.npages))
      return wrong(here, part.trim(), 'frames that no other slot of this set has')
    slots.push(slot.right)
    at += part.length + 1
  }
  return right(slots.toSorted((a, b) => a.base - b.base))
}

/** Reads an update from a line. Left: the first thing that is wrong, with where it stands and what was expected. */
export const readScenario = (text: string): Either<ScenarioError, Update> => {
  const arrow = text.indexOf(ARROW)
  if (arrow < 0) return wrong(text.length + 1, '', `${ARROW} between the set before and the set after`)
  const before = setAt(text.slice(0, arrow), 1)
  if (before._tag === 'Left') return before
  const after = setAt(text.slice(arrow + ARROW.length), arrow + ARROW.length + 1)
  if (after._tag === 'Left') return after
  let nextLog = 0
  const numbered = before.right.map(slot => (slot.log < 0 ? slot : { ...slot, log: nextLog++ }))
  const ends = [...before.right, ...after.right].map(s => s.base + s.npages)
  return right({ before: numbered, after: after.right, frames: Math.max(1, ...ends), nextLog })
}
