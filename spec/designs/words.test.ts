import { describe, expect, it } from 'vitest'
import { batchDesign, bufferedBatch } from './batch.js'
import { cappedBatch } from './capped.js'
import type { Design } from './design.js'
import { disabledSlot, disabledWithoutReplacement } from './disabled-slot.js'
import { readUpdate } from './notation.js'
import { bufferedGate, gate, notify } from './one-swap.js'
import { paused, pausedAlways, pausedResumes } from './paused.js'
import { primitives, primitivesAlone } from './primitives.js'
import { replaceAllDesign, rfcList, rfcLiteralSwap, rfcSingleSwap } from './rfc.js'
import { bufferedSequential, fetchExit, markFirstSequential, sequential } from './sequential.js'

/** Ten updates, and the calls that each design makes for them, by hand from the mails that the design cites. */
const UPDATES = {
  create: ['', '1 0+1@0', 2],
  'remove a logged slot': ['1 0+2@0 L0', '', 2],
  split: ['1 0+2@0', '1 0+1@0; 2 1+1@1', 2],
  'split a logged slot': ['1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L1', 2],
  're-back': ['1 0+1@0', '1 0+1@1', 2],
  move: ['1 0+1@0 L0', '1 1+1@0 L0', 2],
  'begin logging': ['1 0+2@0', '1 0+2@0 L0', 2],
  'end logging': ['1 0+2@0 L0', '1 0+2@0', 2],
  'merge RO into RW': ['1 0+1@0; 2 1+1@1 R', '1 0+2@0', 2],
  'punch a hole in a logged slot': ['1 0+3@0 L0', '1 0+1@0 L0; 2 2+1@2 L1', 3],
} as const satisfies Readonly<Record<string, readonly [before: string, after: string, frames: number]>>

type Name = keyof typeof UPDATES
type Words = Readonly<Record<Name, string | null>>

const asToday: Words = {
  create: 'create 1',
  'remove a logged slot': 'delete 1',
  split: 'delete 1, create 1, create 2',
  'split a logged slot': 'delete 1, create 1, create 2',
  're-back': 'delete 1, create 1',
  move: 'move 1',
  'begin logging': 'log-on 1',
  'end logging': 'log-off 1',
  'merge RO into RW': 'delete 1, delete 2, create 1',
  'punch a hole in a logged slot': 'delete 1, create 1, create 2',
}
const asQemu: Words = {
  create: 'create 1',
  'remove a logged slot': 'get-log 1, delete 1',
  split: 'pause, delete 1, create 1, create 2, resume',
  'split a logged slot': 'pause, get-log 1, delete 1, create 1, create 2, resume',
  're-back': 'pause, delete 1, create 1, resume',
  move: 'move 1',
  'begin logging': 'log-on 1',
  'end logging': 'get-log 1, log-off 1',
  'merge RO into RW': 'pause, delete 1, delete 2, create 1, resume',
  'punch a hole in a logged slot': 'pause, get-log 1, delete 1, create 1, create 2, resume',
}
/** One call, whose entries are a delete and a create for each slot that changes, but one for a move or a switch of LOG. */
const asList: Words = {
  create: 'list: create 1',
  'remove a logged slot': 'list: delete 1',
  split: 'list: delete 1, create 1, create 2',
  'split a logged slot': 'list: delete 1, create 1, create 2',
  're-back': 'list: delete 1, create 1',
  move: 'list: move 1',
  'begin logging': 'list: log 1',
  'end logging': 'list: log 1',
  'merge RO into RW': 'list: delete 1, delete 2, create 1',
  'punch a hole in a logged slot': 'list: delete 1, create 1, create 2',
}
const once = (call: string): Words => ({
  create: call,
  'remove a logged slot': call,
  split: call,
  'split a logged slot': call,
  're-back': call,
  move: call,
  'begin logging': call,
  'end logging': call,
  'merge RO into RW': call,
  'punch a hole in a logged slot': call,
})
const asPrimitives: Words = {
  create: 'create 1 1',
  'remove a logged slot': 'delete 1',
  split: 'split 1 1 2',
  'split a logged slot': 'split 1 1 2',
  're-back': 'delete 1, create 1 1',
  move: 'move 1 1',
  'begin logging': 'log-on 1',
  'end logging': 'log-off 1',
  'merge RO into RW': 'toggle-ro 2, merge 1 2',
  'punch a hole in a logged slot': 'split 1 2 2, truncate 1 1',
}
const asDisabled: Words = {
  create: 'set 1, enable 1',
  'remove a logged slot': 'disable 1, get-log 1, delete 1',
  split: 'disable 1, set 1, set 2, enable 1, enable 2',
  'split a logged slot': 'disable 1, get-log 1, set 1, set 2, enable 1, enable 2',
  're-back': 'disable 1, set 1, enable 1',
  move: 'disable 1, get-log 1, set 1, delete 1, enable 1',
  'begin logging': 'disable 1, set 1, enable 1',
  'end logging': 'disable 1, get-log 1, set 1, enable 1',
  'merge RO into RW': 'disable 1, disable 2, set 1, enable 1',
  'punch a hole in a logged slot': 'disable 1, get-log 1, set 1, set 2, delete 1, enable 1, enable 2',
}

const alwaysPaused = (words: Words): Words =>
  Object.fromEntries(
    Object.entries(words).map(([name, text]) => [
      name,
      text?.startsWith('pause') === true ? text : `pause, ${text}, resume`,
    ]),
  ) as Words // the same names

const MADE: readonly (readonly [Design, Words])[] = [
  [sequential, asToday],
  [markFirstSequential, asToday],
  [bufferedSequential, asToday],
  [fetchExit, asToday],
  [rfcList, asList],
  [rfcSingleSwap, asList],
  [rfcLiteralSwap, asList],
  [batchDesign, once('batch')],
  [notify, once('batch')],
  [gate, once('batch')],
  [bufferedBatch, once('batch')],
  [bufferedGate, once('batch')],
  [replaceAllDesign, once('replace-all')],
  [primitives, asPrimitives],
  [disabledSlot, asDisabled],
  [
    disabledWithoutReplacement,
    {
      create: 'create 1, enable 1',
      'remove a logged slot': 'disable 1, get-log 1, delete 1',
      split: 'disable 1, delete 1, create 1, create 2, enable 1, enable 2',
      'split a logged slot': 'disable 1, get-log 1, delete 1, create 1, create 2, enable 1, enable 2',
      're-back': 'disable 1, delete 1, create 1, enable 1',
      move: 'disable 1, get-log 1, delete 1, create 1, enable 1',
      'begin logging': 'disable 1, delete 1, create 1, enable 1',
      'end logging': 'disable 1, get-log 1, delete 1, create 1, enable 1',
      'merge RO into RW': 'disable 1, disable 2, delete 1, delete 2, create 1, enable 1',
      'punch a hole in a logged slot':
        'disable 1, get-log 1, delete 1, create 1, create 2, enable 1, enable 2',
    },
  ],
  [paused, asQemu],
  [pausedResumes, asQemu],
  [pausedAlways, alwaysPaused(asQemu)],
]

describe.each(MADE.map(([design, words]) => [design.id, design, words] as const))(
  'the calls of %s',
  (_, design, words) => {
    it.each(Object.entries(words))('to %s are those its authors described: %s', (name, text) => {
      const [before, after, frames] = UPDATES[name as Name]
      expect(design.plan(readUpdate(before, after, frames))?.calls.join(', ') ?? null).toBe(text)
    })
  },
)

it('primitives alone leave out every update that needs a call of today', () => {
  const planned = (Object.keys(UPDATES) as Name[]).filter(name => {
    const [before, after, frames] = UPDATES[name]
    return primitivesAlone.plan(readUpdate(before, after, frames)) !== null
  })
  expect(planned).toEqual([
    'split',
    'split a logged slot',
    'merge RO into RW',
    'punch a hole in a logged slot',
  ])
})

it('a change of LOG of two slots at once is a call for each, beside whatever else changes', () => {
  const calls = (design: Design, before: string, after: string) =>
    design.plan(readUpdate(before, after))?.calls.join(', ')
  const two = ['1 0+1@0; 2 1+1@1', '1 0+1@0 L0; 2 1+1@1 L1'] as const
  expect(calls(sequential, ...two)).toBe('log-on 1, log-on 2')
  expect(calls(paused, ...two)).toBe('log-on 1, log-on 2')
  expect(calls(paused, two[1], two[0])).toBe('get-log 1, log-off 1, get-log 2, log-off 2')
  expect(calls(sequential, '1 0+1@0; 2 1+1@1', '1 0+1@2; 2 1+1@1 L0')).toBe('delete 1, create 1, log-on 2')
})

it('a batch over its cap is made by today’s calls', () => {
  const calls = (before: string, after: string) =>
    cappedBatch.plan(readUpdate(before, after))?.calls.join(', ')
  expect(calls('1 0+1@0; 2 1+1@1', '1 0+1@2; 2 1+1@1')).toBe('batch')
  expect(calls('1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1')).toBe('delete 1, delete 2, create 1, create 2')
})

it('exchanging two ranges costs a call for each slot in every design but those of one call', () => {
  const update = readUpdate('1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1')
  const calls = (design: Design) => design.plan(update)?.calls.join(', ')
  expect(calls(sequential)).toBe('delete 1, delete 2, create 1, create 2')
  expect(calls(disabledSlot)).toBe('disable 1, disable 2, set 1, set 2, enable 1, enable 2')
  expect(calls(rfcList)).toBe('list: delete 1, delete 2, create 1, create 2')
  // Cutting a piece off by `truncate` is no delete, though what was there is gone as well.
  expect(calls(primitives)).toBe('merge 1 2, truncate 1 1, move 1 1, create 2 1')
})
