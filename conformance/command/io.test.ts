import { expect, it } from 'vitest'
import { wantsColour } from './io.js'

const io = { out: () => {}, err: () => {}, stdin: (async function* () {})() }

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
])('on a terminal: %s, with %j: colours: %s', (isTTY, env, colours) => {
  expect(wantsColour({ ...io, isTTY, env })).toBe(colours)
})
