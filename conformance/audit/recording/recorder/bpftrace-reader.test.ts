import { describe, expect, it } from 'vitest'
import { auditLines } from '../../audit-text.js'

const RAM = 'set 0 0 0 10000000 7f0000000000'
const GONE = 'set 0 0 0 0 7f0000000000'
const begins = (tid: number, ms: number, call: string) => `100/${tid} ${ms}000000 > ${call}`
const ends = (tid: number, ms: number, result: number) => `100/${tid} ${ms}000000 < ${result}`

const begun = [
  '# memslot recorder 1',
  begins(100, 1000, '9 ae01 0'),
  ends(100, 1001, 10),
  begins(101, 1002, '10 ae41 0'),
  ends(101, 1003, 11),
  begins(100, 1004, `10 4020ae46 7ffd ${RAM}`),
  ends(100, 1005, 0),
]
const window = [
  begins(100, 2000, `10 4020ae46 7ffd ${GONE}`),
  ends(100, 2001, 0),
  begins(100, 2002, `10 4020ae46 7ffd ${RAM}`),
  ends(100, 2003, 0),
]
const enters = (ms: number) => begins(101, ms, '11 ae80 0')

describe('a recording of our recorder from which bpftrace has lost lines', () => {
  const whole = [...begun, enters(1006), ...window]

  it('tells who was inside while none is lost', async () => {
    expect((await auditLines(whole)).verdict.is).toBe('affected')
    expect((await auditLines([...begun, enters(1006), ends(101, 1007, 0), ...window])).verdict.is).toBe(
      'not affected',
    )
  })
  it('does not tell that no memory was unmapped where the call that unmapped it has no end, or no beginning', async () => {
    for (const lost of [1, 0]) {
      const report = await auditLines([
        ...begun,
        enters(1006),
        ...window.filter((_, i) => i !== lost),
        ends(101, 3000, 0),
      ])
      expect(report.verdict.is).toBe('cannot tell')
    }
  })
  it('does not tell that a vCPU was inside that may have left, nor that none was', async () => {
    const report = await auditLines([...begun, enters(1006), enters(1500), ...window])
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.verdict.because.join()).toMatch(
      /line 9 begins a call of a thread whose call before no line ends/,
    )
    const other = await auditLines([
      ...begun,
      ends(101, 1006, 0),
      enters(1007),
      ends(101, 1008, 0),
      ...window,
    ])
    expect(other.verdict.is).toBe('cannot tell')
  })
})
