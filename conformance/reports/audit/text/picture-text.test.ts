import { describe, expect, it } from 'vitest'
import { inkOf } from '../../terminal/ink.js'
import type { ReportWindow } from '../codec.js'
import type { Picture } from '../picture.js'
import { pictureText } from './picture-text.js'

const worst = { fromLine: 10, toLine: 20, seconds: 1, running: null } as ReportWindow
const picture = (over: Partial<Picture>): Picture => ({
  worst,
  from: 0,
  to: 1,
  rows: [{ as: 0, gpa: '0x0', size: '0x1000', unmapped: [{ from: 0.25, to: 0.5 }] }],
  moreRows: 0,
  lanes: [],
  ...over,
})
const drawn = (over: Partial<Picture>) => pictureText(picture(over), 62, inkOf(false)).join('\n')

describe('the picture in text', () => {
  it('marks what was unmapped when', () => {
    expect(drawn({})).toMatch(/0x0-0xfff 4 KiB {2}·{10}█{12}·{21}/)
  })
  it('shows even what was shorter than a column, or whose end is not recorded', () => {
    const inside = [
      { from: 0.5, to: 0.5001 },
      { from: 0.75, to: null },
    ]
    expect(drawn({ lanes: [{ tid: 7, updates: false, inside }] })).toMatch(/7 KVM_RUN +━ +━ +/)
  })
  it('says where rows are left out, and that KVM_RUN is unknown', () => {
    expect(drawn({ moreRows: 2, lanes: null })).toMatch(
      /2 smaller stretches[\s\S]*KVM_RUN: unknown, not recorded/,
    )
  })
  it('does not say that KVM_RUN is not recorded where the window names who was inside', () => {
    const named = drawn({ worst: { ...worst, running: [7] }, lanes: null })
    expect(named).toContain('thread 7 inside KVM_RUN; from when to when was not kept')
    expect(named).not.toContain('not recorded')
  })
})
