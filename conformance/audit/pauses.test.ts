import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { auditRecording } from './audit-recording.js'

const audit = async (lines: readonly string[], options = {}): Promise<AuditReport> => {
  const text = `${lines.join('\n')}\n`
  const result = await auditRecording(
    (async function* () {
      yield text
    })(),
    { name: 'snippet', ...options },
  )
  if (isLeft(result)) throw new Error(result.left.found)
  return result.right
}

const at = (seconds: number) => (1_795_348_284 + seconds).toFixed(6)
const set = (seconds: number, slot: number, size: number, rest = '') =>
  `1 ${at(seconds)} ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0${rest}`
const begin = [
  `1 ${at(0)} ioctl(3, KVM_CREATE_VM, 0) = 8`,
  `1 ${at(0)} ioctl(8, KVM_CREATE_VCPU, 0) = 9`,
  set(0.1, 0, 4096),
]
const enters = (seconds: number) => `2 ${at(seconds)} ioctl(9, KVM_RUN, 0 <unfinished ...>`
const leaves = (seconds: number) => `2 ${at(seconds)} <... ioctl resumed>) = 0`
const inside = [...begin, enters(1)]
const outside = [...begin, enters(1), leaves(1.5)]

describe('memory that is unmapped for a pause', () => {
  it('below the pause of a commit is a window', async () => {
    const report = await audit([...inside, set(2, 0, 0), set(2.2, 0, 4096), leaves(9)])
    expect(report).toMatchObject({ verdict: { is: 'affected' }, totals: { windowsMet: 1, undecided: 0 } })
  })
  it('up to eight times as long, while a vCPU was inside, leaves open what it was', async () => {
    for (const seconds of [2.3, 3.9]) {
      const report = await audit([...inside, set(2, 0, 0), set(seconds, 0, 4096), leaves(9)])
      expect(report.verdict.is).toBe('cannot tell')
      expect(report.undecided).toMatchObject([{ gpa: '0x0', size: '0x1000', running: [2] }])
      expect(report.totals).toMatchObject({ windows: 0, replugged: 0 })
    }
  })
  it('up to eight times as long, while no vCPU was inside, was unplugged and plugged again', async () => {
    const report = await audit([...outside, set(2, 0, 0), set(3, 0, 4096), enters(4), leaves(9)])
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, totals: { undecided: 0, replugged: 1 } })
  })
  it('longer than that was unplugged and plugged again, whether or not a vCPU was inside', async () => {
    const report = await audit([...inside, set(2, 0, 0), set(4.5, 0, 4096), leaves(9)])
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, totals: { undecided: 0, replugged: 1 } })
    expect(report.replugged).toMatchObject([{ seconds: 2.5 }])
  })
  it('is measured by the pause that is asked for', async () => {
    const lines = [...inside, set(2, 0, 0), set(4.5, 0, 4096), leaves(9)]
    expect((await audit(lines, { pause: 3 })).totals.windowsMet).toBe(1)
    expect((await audit(lines, { pause: 1 })).totals.undecided).toBe(1)
  })
  it('is measured from the return of a call, where that is recorded: a slow call is no pause', async () => {
    const report = await audit([
      ...inside,
      set(2, 0, 0, ' <0.900000>'),
      set(3, 0, 4096, ' <0.000010>'),
      leaves(9),
    ])
    expect(report.totals).toMatchObject({ windowsMet: 1, undecided: 0 })
  })
  it('is not measured by stamps that are coarser, and it is open what it was', async () => {
    const coarse = (line: string) =>
      line.replace(
        /17953482(\d\d)\.\d+/,
        (_, s: string) => `12:00:${String(Number(s) - 60).padStart(2, '0')}`,
      )
    const report = await audit([...inside, set(2, 0, 0), set(3, 0, 4096), leaves(9)].map(coarse))
    expect(report).toMatchObject({ verdict: { is: 'cannot tell' }, totals: { windowsMet: 0, undecided: 1 } })
  })
  it('is one of the thread that unmapped it, when another maps it again', async () => {
    const other = set(3, 5, 4096).replace(/^1 /, '7 ')
    expect((await audit([...inside, set(2, 0, 0), other, leaves(9)])).totals.undecided).toBe(1)
    const late = set(30, 5, 4096).replace(/^1 /, '7 ')
    expect((await audit([...inside, set(2, 0, 0), late, leaves(31)])).totals.replugged).toBe(1)
  })
  it('and then another call of the thread on the VM was unplugged and plugged again', async () => {
    const call = `1 ${at(2.5)} ioctl(8, KVM_GET_CLOCK, 0x7ffc) = 0`
    const report = await audit([...inside, set(2, 0, 0), call, set(3, 0, 4096), leaves(9)])
    expect(report.totals).toMatchObject({ undecided: 0, replugged: 1 })
  })
})

describe('a slot from before the recording that is moved', () => {
  const moved = (seconds: number, gpa: string) =>
    set(seconds, 0, 4096).replace('phys_addr=0', `phys_addr=${gpa}`)
  const attached = '2 1795348284.000000 ioctl(9<anon_inode:kvm-vcpu:0>, KVM_RUN, 0 <unfinished ...>'

  it('twice leaves open whether the second move was the way back from the first', async () => {
    const report = await audit([attached, moved(1, '0x40000000'), moved(1.1, '0'), leaves(9)])
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.verdict.because[0]).toMatch(/may have been moved away from there/)
    expect(report.undecided).toMatchObject([{ gpa: '0x0', size: '0x1000', running: [2] }])
  })
  it('where it was made within the recording was moved from there', async () => {
    const report = await audit([...inside, moved(2, '0x40000000'), moved(2.1, '0x50000000'), leaves(9)])
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, undecided: [] })
  })
  it('once, or made anew where it was, leaves nothing more open', async () => {
    const report = await audit([attached, moved(1, '0x40000000'), moved(1.1, '0x40000000'), leaves(9)])
    expect(report.undecided).toEqual([])
  })
})

describe('where nothing tells where an update ends', () => {
  const bare = (slot: number, gpa: number, size: number) =>
    `ioctl(13, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=0, guest_phys_addr=${gpa}, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0`
  const made = [bare(0, 0, 4096), bare(1, 4096, 4096)]

  it('a delete after a create begins another, and none becomes none found', async () => {
    const report = await audit([...made, bare(1, 4096, 0)])
    expect(report.updates.map(({ calls }) => calls)).toEqual([2, 1])
    expect(report.verdict).toMatchObject({
      is: 'cannot tell',
      because: [expect.stringMatching(/^no window found; cannot tell, because .*only memslot calls/)],
    })
  })
  it('memory that comes back across such a split leaves open what it was', async () => {
    const report = await audit([
      ...made,
      bare(0, 0, 0),
      bare(2, 8192, 4096),
      bare(1, 4096, 0),
      bare(0, 0, 4096),
    ])
    expect(report.undecided).toMatchObject([
      { gpa: '0x0', because: expect.stringMatching(/delete followed a create/) },
    ])
    expect(report.totals.windows).toBe(0)
  })
  it('a line that could not be read makes what it touched unknown from there on', async () => {
    const torn = bare(0, 0, 0).slice(0, 60)
    const report = await audit([...made, torn, bare(0, 0, 4096)])
    expect(report.undecided).toMatchObject([
      { gpa: '0x0', because: expect.stringMatching(/could not be read/) },
    ])
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.counted).toMatchObject({ unknownLines: 1, undecoded: 1 })
  })
  it('a line that could not be read may name a space that no VM has', async () => {
    const torn = bare(655_360, 0, 0).slice(0, 70)
    expect((await audit([...made, torn, bare(1, 4096, 0)])).verdict.is).toBe('cannot tell')
  })
  it('a slot from before the recording that is deleted and made anew leaves open what was away', async () => {
    const named = (line: string, seconds: number) => `1 ${at(seconds)} ${line}`
    const report = await audit([
      named(bare(0, 0, 0), 1),
      named(bare(0, 0, 4096), 1.001),
      named('ioctl(13, KVM_GET_CLOCK, 0x7f) = 0', 2),
    ])
    expect(report.undecided).toMatchObject([
      { gpa: '0x0', because: expect.stringMatching(/made before the recording/) },
    ])
    expect(report.verdict.is).toBe('cannot tell')
  })
})
