import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../../../oracle/wire/decode.js'
import { type MatterReport, MatterReportCodec } from '../../../mutation/rules/index.js'
import type { Io } from '../../io.js'
import { matter, statusOfMattering } from './matter.js'

const captured = (): { readonly io: Io; readonly text: () => string } => {
  let text = ''
  const out = (more: string) => {
    text += more
  }
  return { io: { out, err: out, isTTY: false, stdin: (async function* () {})() }, text: () => text }
}

const report = (noticed: number, total: number, interrupted = false): MatterReport => ({
  schema: 'memslot-matter',
  version: 1,
  mutants: [],
  noticed,
  total,
  interrupted,
})

describe('memslot matter', () => {
  it.each([
    ['every change was caught', report(3, 3), 0],
    ['one survived', report(2, 3), 1],
    ['there was none', report(0, 0), 3],
    ['it was interrupted', report(1, 3, true), 130],
  ])('has its status where %s', (_, done, status) => expect(statusOfMattering(done)).toBe(status))

  it('writes a report that its codec reads', async () => {
    const { io, text } = captured()
    expect(await matter({ only: 'update.publish', json: true }, io)).toBe(0)
    expect(decodeJson(MatterReportCodec, text(), { file: 'report', line: null })).toMatchObject({
      _tag: 'Right',
      right: { total: 2 },
    })
  })
})
