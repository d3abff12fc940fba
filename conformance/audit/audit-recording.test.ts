import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { AuditReport } from '../reports/audit/codec.js'
import { auditRecording } from './audit-recording.js'

async function* whole(text: string) {
  yield text
}

const audit = async (text: string): Promise<AuditReport> => {
  const result = await auditRecording(whole(text), { name: 'snippet' })
  if (isLeft(result)) throw new Error(result.left.found)
  return result.right
}

/** A recording in which every line is a millisecond after the one before: `1 CREATE_VM = 8` and the like. */
const strace = (...calls: string[]): string =>
  calls
    .map((call, i) => call.replace(/^(\d+) /, `$1 ${(1795348284 + i / 1000).toFixed(6)} `))
    .join('\n')
    .concat('\n')

const HVA = 0x7f0000000000
const set = (slot: number, gpa: number, size: number, { flags = '0', hva = HVA + gpa, ret = '0' } = {}) =>
  `ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=${flags}, guest_phys_addr=0x${gpa.toString(16)}, memory_size=${size}, userspace_addr=0x${hva.toString(16)}}) = ${ret}`
const remove = (slot: number) => set(slot, 0, 0)
const LOG = 'KVM_MEM_LOG_DIRTY_PAGES'
const RO = 'KVM_MEM_READONLY'
const begin = [
  '1 ioctl(3, KVM_CREATE_VM, 0) = 8',
  '1 ioctl(8, KVM_CREATE_VCPU, 0) = 9',
  '1 ioctl(8, KVM_CREATE_VCPU, 1) = 10',
]
const run = (tid: number, fd: number) => `${tid} ioctl(${fd}, KVM_RUN, 0) = 0`
const enters = (tid: number, fd: number) => `${tid} ioctl(${fd}, KVM_RUN, 0 <unfinished ...>`
const leaves = (tid: number) => `${tid} <... ioctl resumed>) = 0`
/** Lines that interleave, and both vCPUs inside: what shows that no call is left out, and none stands for more than it says. */
const complete = [enters(2, 9), enters(3, 10), leaves(3), leaves(2)]
const other = (tid: number) => `${tid} ioctl(8, KVM_IRQ_LINE, 0x7f00) = 0`
const get = (tid: number) => `${tid} ioctl(8, KVM_GET_DIRTY_LOG, 0x7f00) = 0`

const windowsOf = (report: AuditReport) =>
  report.updates.flatMap(({ windows }) =>
    windows.map(({ gpa, size, fromLine, toLine, running }) => ({
      gpa,
      size,
      lines: [fromLine, toLine],
      running,
    })),
  )

describe('a window', () => {
  it('is memory mapped before and after an update, and not in between', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x3000)}`,
        run(2, 9),
        `2 ${remove(0)}`,
        `2 ${set(1, 0x1000, 0x4000)}`,
        ...complete,
      ),
    )
    expect(windowsOf(report)).toEqual([{ gpa: '0x1000', size: '0x2000', lines: [6, 7], running: [] }])
    expect(report.updates[1]?.batch.classes).toMatchObject({ kept: 2, vanished: 1, appeared: 2 })
    expect(report.updates[1]?.windows[0]).toMatchObject({ seconds: 0.001, beforeRun: false, backing: 'same' })
  })
  it('is none where a slot goes for good, or where a new one goes again', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        run(2, 9),
        `2 ${set(1, 0x5000, 0x1000)}`,
        `2 ${remove(1)}`,
        `2 ${remove(0)}`,
        run(2, 9),
      ),
    )
    expect(windowsOf(report)).toEqual([])
  })
  it('is none where a later update maps the memory again', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        run(2, 9),
        `2 ${remove(0)}`,
        run(2, 9),
        `2 ${set(0, 0, 0x1000)}`,
        run(2, 9),
      ),
    )
    expect(report.updates).toHaveLength(3)
    expect(windowsOf(report)).toEqual([])
  })
  it('has no length where stamps are too coarse to tell it', async () => {
    const coarse = (text: string) => text.replaceAll(/1795348284\.\d+/g, '12:00:01')
    const text = strace(
      ...begin,
      `1 ${set(0, 0, 0x1000)}`,
      ...complete,
      `2 ${remove(0)}`,
      `2 ${set(0, 0, 0x1000)}`,
      run(2, 9),
    )
    expect((await audit(coarse(text))).updates.flatMap(({ windows }) => windows)).toMatchObject([
      { seconds: null },
    ])
  })
  it('is left behind by a move and back', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x2000)}`,
        run(2, 9),
        `2 ${set(0, 0x8000, 0x2000, { hva: HVA })}`,
        `2 ${set(0, 0, 0x2000)}`,
      ),
    )
    expect(windowsOf(report)).toMatchObject([{ gpa: '0x0', size: '0x2000', lines: [6, 7] }])
    expect(report.updates[1]?.batch).toMatchObject({ entries: [], classes: { kept: 2 } })
  })
  it('says what comes back re-backed, and what was read-only', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x2000, { flags: RO })}`,
        run(2, 9),
        `2 ${remove(0)}`,
        `2 ${set(0, 0, 0x2000, { hva: HVA + 0x9000 })}`,
      ),
    )
    expect(report.updates[1]?.windows[0]).toMatchObject({ backing: 'other', readOnly: '0x2000' })
    expect(report.updates[1]?.batch).toMatchObject({ unmapped: 2, unmappedKept: 0 })
    expect(report.updates[1]?.batch.classes).toMatchObject({ redirected: 2, kept: 0 })
  })
  it('lies in the address space it was made in', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        `1 ${set(65536, 0, 0x1000)}`,
        run(2, 9),
        `2 ${set(65536, 0, 0)}`,
        `2 ${set(65536, 0, 0x1000)}`,
      ),
    )
    expect(report.updates.at(-1)?.windows).toMatchObject([{ as: 1, gpa: '0x0' }])
    expect(report.updates.at(-1)?.batch.as).toBe(1)
  })
  it('is not made by a call that failed', async () => {
    const failing = set(0, 0, 0).replace('= 0', '= -1 ENOMEM (Cannot allocate memory)')
    const report = await audit(
      strace(...begin, `1 ${set(0, 0, 0x1000)}`, run(2, 9), `2 ${failing}`, `2 ${set(0, 0, 0x1000)}`),
    )
    expect(windowsOf(report)).toEqual([])
    expect(report).toMatchObject({ calls: 3, failed: 1, deviations: [] })
  })
})

describe('who was inside KVM_RUN', () => {
  const setup = [...begin, `1 ${set(0, 0, 0x1000)}`, run(2, 9)]
  const edit = [`2 ${remove(0)}`, `2 ${set(0, 0, 0x1000)}`]
  const runningIn = async (...calls: string[]) => windowsOf(await audit(strace(...calls)))[0]?.running

  it('counts a thread that was in before and stays', async () => {
    expect(await runningIn(...setup, enters(3, 10), ...edit, leaves(3))).toEqual([3])
  })
  it('counts a thread that leaves, enters, or only visits in between', async () => {
    expect(await runningIn(...setup, enters(3, 10), edit[0] ?? '', leaves(3), edit[1] ?? '')).toEqual([3])
    expect(await runningIn(...setup, edit[0] ?? '', enters(3, 10), edit[1] ?? '', leaves(3))).toEqual([3])
    expect(await runningIn(...setup, edit[0] ?? '', run(3, 10), edit[1] ?? '')).toEqual([3])
  })
  it('leaves out a thread that left before or entered after', async () => {
    expect(await runningIn(...setup, run(3, 10), ...edit, ...complete)).toEqual([])
    expect(await runningIn(...setup, enters(3, 10), leaves(3), ...edit, run(3, 10))).toEqual([])
  })
  it('does not take a thread to be outside where its line does not say when its KVM_RUN ended', async () => {
    expect(await runningIn(...setup, run(3, 10), ...edit)).toBeNull()
  })
  it('does not take a vCPU to be outside that was created and is never seen to run', async () => {
    expect(await runningIn(...setup, ...edit, enters(2, 9), leaves(2))).toBeNull()
  })
  it('does not trust a recording that leaves out calls that fail or do not return', async () => {
    const timed = [`${run(2, 9)} <0.000010>`, `${run(3, 10)} <0.000010>`]
    expect(await runningIn(...setup, ...timed, ...edit, ...timed)).toBeNull()
    const failing = run(3, 10).replace('= 0', '= -1 EINTR (Interrupted system call) <0.000010>')
    expect(await runningIn(...setup, ...timed, ...edit, failing)).toEqual([])
  })
  it('ends a hole where its closing call begins, not where it ends', async () => {
    const [opens, closes] = edit as [string, string]
    const begins = closes.replace(') = 0', ' <unfinished ...>')
    expect(await runningIn(...setup, opens, begins, run(3, 10), leaves(2))).toEqual([])
  })
  it('leaves out the thread that makes the calls, and vCPUs of other VMs', async () => {
    const another = [
      '5 ioctl(3, KVM_CREATE_VM, 0) = 20',
      '5 ioctl(20, KVM_CREATE_VCPU, 0) = 21',
      enters(6, 21),
    ]
    expect(await runningIn(...setup, ...another, ...edit, ...complete)).toEqual([])
  })
  it('counts a thread whose KVM_RUN is recorded with a duration that reaches into the hole', async () => {
    expect(await runningIn(...setup, `${run(3, 10)} <0.001500>`, ...edit)).toEqual([3])
  })
  it('never counts the thread that makes the calls, even where rounding lets its KVM_RUN last into them', async () => {
    const lasting = [`1 ${set(0, 0, 0x1000)}`, `${run(2, 9)} <0.001500>`]
    expect(await runningIn(...begin, ...lasting, ...edit, ...complete)).toEqual([])
  })
  it('is known of a thread that is inside though the creation of the VM was not recorded, and of no other', async () => {
    const attached = [`1 ${set(0, 0, 0x1000)}`, enters(2, 9), leaves(2), enters(3, 10)]
    expect(await runningIn(...attached, ...edit)).toEqual([3])
    expect(await runningIn(...attached, leaves(3), ...edit)).toBeNull()
  })
  it('is unknown where two attached VMs share a process, and whose a vCPU is was not recorded', async () => {
    const second = set(0, 0, 0x1000).replace('ioctl(8', 'ioctl(20')
    const attached = [`1 ${set(0, 0, 0x1000)}`, enters(3, 10), `1 ${second}`]
    expect(await runningIn(...attached, ...edit, leaves(3))).toBeNull()
  })
  it('is unknown where two attached processes may be taken for one: one vCPU, and two threads that run it', async () => {
    const attached = [`1 ${set(0, 0, 0x1000)}`, enters(3, 10), leaves(3), enters(4, 10)]
    expect(await runningIn(...attached, ...edit, leaves(4))).toBeNull()
  })
  it('is nobody where the thread that makes the calls runs every vCPU there is, named or not', async () => {
    const alone = ['1 ioctl(3, KVM_CREATE_VM, 0) = 8', '1 ioctl(8, KVM_CREATE_VCPU, 0) = 9']
    const calls = [
      ...alone,
      `1 ${set(0, 0, 0x1000)}`,
      run(1, 9),
      `1 ${remove(0)}`,
      `1 ${set(0, 0, 0x1000)}`,
      run(1, 9),
    ]
    expect(await runningIn(...calls)).toEqual([])
    const unnamed = strace(...calls).replaceAll(/^\d+ /gm, '')
    expect((await audit(unnamed)).verdict.is).toBe('not affected')
    const second = '1 ioctl(8, KVM_CREATE_VCPU, 1) = 10'
    expect(await runningIn(...alone, second, ...calls.slice(2))).toBeNull()
  })
  it('is known where strace begins to name threads once there are several', async () => {
    const setupUnnamed = setup.slice(0, 4).map(call => call.replace(/^1 /, '0 '))
    const text = strace(...setupUnnamed, enters(3, 10), ...edit)
      .replaceAll(/^0 /gm, '')
      .replaceAll(/^([23]) /gm, '[pid $1] ')
    expect(windowsOf(await audit(text))[0]?.running).toEqual([3])
  })
  it('is unknown where the recording names no threads', async () => {
    const text = strace(...setup, ...edit, run(2, 9)).replaceAll(/^\d+ /gm, '')
    expect(windowsOf(await audit(text))[0]?.running).toBeNull()
  })
})

describe('an update', () => {
  const lines = (report: AuditReport) =>
    report.updates.map(({ firstLine, lastLine }) => [firstLine, lastLine])

  it('of a vCPU thread ends with its KVM_RUN and with any other call of it on the VM, but not with what others do', async () => {
    const report = await audit(
      strace(
        ...begin,
        run(2, 9),
        `2 ${set(0, 0, 0x1000)}`,
        other(2),
        run(3, 10),
        `2 ${set(1, 0x1000, 0x1000)}`,
        run(2, 9),
        `2 ${remove(1)}`,
      ),
    )
    expect(lines(report)).toEqual([
      [5, 5],
      [8, 8],
      [10, 10],
    ])
  })
  it('of another thread also ends with any other call of it on the VM, but not with one elsewhere', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        '1 ioctl(3, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS) = 32764',
        `1 ${set(1, 0x1000, 0x1000)}`,
        other(1),
        `1 ${set(2, 0x2000, 0x1000)}`,
      ),
    )
    expect(lines(report)).toEqual([
      [4, 6],
      [8, 8],
    ])
  })
  it.each([
    'KVM_GET_DIRTY_LOG, 0x7f00',
    'KVM_CLEAR_DIRTY_LOG, 0x7f00',
    'KVM_RESET_DIRTY_RINGS, 0',
    'KVM_IOEVENTFD, 0x7f00',
    'KVM_IRQFD, 0x7f00',
    'KVM_REGISTER_COALESCED_MMIO, 0x7f00',
    'KVM_UNREGISTER_COALESCED_MMIO, 0x7f00',
    'KVM_SET_MEMORY_ATTRIBUTES, 0x7f00',
  ])('goes on through %s, which a commit makes itself', async call => {
    const beside = `1 ioctl(8, ${call}) = 0`
    const report = await audit(
      strace(...begin, `1 ${set(0, 0, 0x1000)}`, beside, `1 ${set(1, 0x1000, 0x1000)}`),
    )
    expect(lines(report)).toEqual([[4, 6]])
  })
  it('ends with a wait of its thread, and with a futex only where that blocked for long', async () => {
    const calls = (between: string) =>
      audit(strace(...begin, `1 ${set(0, 0, 0x1000)}`, `1 ${between}`, `1 ${set(1, 0x1000, 0x1000)}`))
    expect(lines(await calls('ppoll([{fd=5, events=POLLIN}], 1, NULL, NULL, 8) = 0 (Timeout)'))).toHaveLength(
      2,
    )
    expect(
      lines(await calls('clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=1}, NULL) = 0')),
    ).toHaveLength(2)
    expect(lines(await calls('futex(0x55, FUTEX_WAIT, 2, NULL) = 0 <0.000100>'))).toHaveLength(1)
    expect(lines(await calls('futex(0x55, FUTEX_WAIT, 2, NULL) = 0 <0.300000>'))).toHaveLength(2)
    expect(lines(await calls('read(5, "x", 1) = 1'))).toHaveLength(1)
  })
  it('ends where its thread begins to wait, though that wait does not end before another thread maps the memory', async () => {
    const waits = '1 ppoll([{fd=5, events=POLLIN}], 1, NULL, NULL, 8 <unfinished ...>'
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        ...complete,
        `1 ${remove(0)}`,
        waits,
        `7 ${set(0, 0, 0x1000)}`,
      ),
    )
    expect(report.totals).toMatchObject({ windows: 0, replugged: 1 })
  })
  it('ends with the first KVM_RUN ever of a vCPU of the VM', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        `1 ${remove(0)}`,
        enters(2, 9),
        `1 ${set(0, 0, 0x1000)}`,
        leaves(2),
      ),
    )
    expect(report.totals).toMatchObject({ windows: 0, replugged: 1 })
  })
  it('holds the KVM_GET_DIRTY_LOG that its thread follows with a delete', async () => {
    const start = [
      ...begin,
      `1 ${set(0, 0, 0x1000, { flags: LOG })}`,
      `1 ${set(1, 0x1000, 0x1000, { flags: LOG })}`,
      other(1),
    ]
    const report = await audit(
      strace(...start, `1 ${remove(0)}`, get(1), `1 ${remove(1)}`, `1 ${set(0, 0, 0x2000)}`),
    )
    expect(lines(report)).toEqual([
      [4, 5],
      [7, 10],
    ])
  })
  it('is apart from what another thread changes meanwhile, and names it', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        run(2, 9),
        run(3, 10),
        `2 ${remove(0)}`,
        `3 ${set(7, 0x70000, 0x1000)}`,
        `2 ${set(0, 0, 0x1000)}`,
        run(2, 9),
      ),
    )
    const mine = report.updates.find(({ tid }) => tid === 2)
    expect(mine).toMatchObject({
      alsoChangedBy: [3],
      batch: { entries: [], classes: { kept: 2, appeared: 0 } },
    })
    expect(mine?.windows).toHaveLength(1)
  })
  it('ends as it stood at its last call, whatever other threads change later', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        `1 ${set(1, 0x1000, 0x1000)}`,
        run(2, 9),
        `2 ${remove(1)}`,
        run(2, 9),
      ),
    )
    expect(report.updates[0]).toMatchObject({
      tid: 1,
      alsoChangedBy: [],
      batch: { classes: { kept: 0, appeared: 2 } },
    })
  })
  it('has a window where another thread maps the memory again before it is over', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        run(2, 9),
        run(3, 10),
        `2 ${remove(0)}`,
        `3 ${set(1, 0, 0x1000)}`,
        ...complete,
      ),
    )
    expect(windowsOf(report)).toEqual([{ gpa: '0x0', size: '0x1000', lines: [7, 8], running: [] }])
    expect(report.updates.find(({ windows }) => windows.length > 0)?.tid).toBe(2)
  })
  it('belongs to one VM', async () => {
    const there = set(0, 0, 0x1000).replace('ioctl(8', 'ioctl(20')
    const report = await audit(
      strace(
        ...begin,
        '1 ioctl(3, KVM_CREATE_VM, 0) = 20',
        `1 ${set(0, 0, 0x1000)}`,
        `1 ${there}`,
        `1 ${set(1, 0x1000, 0x1000)}`,
      ),
    )
    expect(report.updates.map(({ vm, calls }) => [vm, calls])).toEqual([
      [1, 2],
      [2, 1],
    ])
    expect(report.deviations).toEqual([])
  })
  it('before any vCPU ran is told apart', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x1000)}`,
        other(1),
        `1 ${remove(0)}`,
        `1 ${set(0, 0, 0x1000)}`,
        ...complete,
      ),
    )
    expect(report.updates.at(-1)?.windows).toMatchObject([{ beforeRun: true, running: [] }])
    expect(report.totals).toMatchObject({ windowsBeforeRun: 1, windowsUnmet: 0 })
  })
})

describe('a call', () => {
  it('deviates where profile linux does not allow its result, and the audit goes on from what was seen', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x2000)}`,
        `1 ${set(1, 0x1000, 0x2000)}`,
        `1 ${set(2, 0x8000, 0x1000, { ret: '-1 EINVAL (Invalid argument)' })}`,
        `1 ${set(1, 0x1000, 0x2000, { flags: LOG })}`,
      ),
    )
    expect(report.deviations).toEqual([
      {
        line: 5,
        call: expect.stringContaining('set slot 1 gpa=0x1000'),
        seen: 'success',
        allowed: ['EEXIST'],
        by: null,
      },
      {
        line: 6,
        call: expect.stringContaining('set slot 2'),
        seen: 'EINVAL',
        allowed: expect.arrayContaining(['success']),
        by: null,
      },
    ])
  })
  it('that was refused as Linux refuses it does not deviate', async () => {
    const report = await audit(
      strace(
        ...begin,
        `1 ${set(0, 0, 0x2000)}`,
        `1 ${set(1, 0x1000, 0x1000, { ret: '-1 EEXIST (File exists)' })}`,
      ),
    )
    expect(report).toMatchObject({ failed: 1, deviations: [] })
  })
  it('is not judged where slots from before the recording may explain it', async () => {
    const report = await audit(
      strace(`1 ${remove(3)}`, `1 ${set(4, 0, 0x1000, { ret: '-1 EEXIST (File exists)' })}`),
    )
    expect(report).toMatchObject({ deviations: [], counted: { notJudged: 2 } })
  })
  it('is not judged after one of which only a pointer was recorded', async () => {
    const pointer = '1 ioctl(8, KVM_SET_USER_MEMORY_REGION, 0x7ffd00) = 0'
    const report = await audit(strace(...begin, pointer, `1 ${remove(3)}`))
    expect(report).toMatchObject({ deviations: [], counted: { notJudged: 2, undecoded: 1 } })
    expect(report.verdict).toMatchObject({
      is: 'cannot tell',
      because: [expect.stringMatching(/a memslot call could not be read/)],
    })
  })
  it('is judged by the number of address spaces that the recording holds', async () => {
    const one = '1 ioctl(3, KVM_CHECK_EXTENSION, KVM_CAP_MULTI_ADDRESS_SPACE) = 0'
    const elsewhere = `1 ${set(65536, 0, 0x1000, { ret: '-1 EINVAL (Invalid argument)' })}`
    expect(await audit(strace(one, ...begin, elsewhere))).toMatchObject({ explained: [], deviations: [] })
    expect((await audit(strace(...begin, elsewhere))).explained).toMatchObject([
      { by: 'how many address spaces the VM has is not recorded' },
    ])
    const allowed = `1 ${set(65536, 0, 0x1000)}`
    expect((await audit(strace(one, ...begin, allowed))).deviations).toMatchObject([{ seen: 'success' }])
  })
  it('in a QEMU log that changes read-only hides a delete, and the hole has no known beginning', async () => {
    const line = (flags: number, at: number) =>
      `5@1795348284.${at}:kvm_set_user_memory Slot#0 flags=0x${flags} gpa=0x0 size=0x1000 ua=0x7f0000000000 ret=0\n`
    const report = await audit(
      `${line(0, 100000)}5@1795348284.2:kvm_run_exit cpu_index 0, reason 2\n${line(2, 300000)}`,
    )
    expect(report.deviations).toEqual([])
    expect(report.updates[1]?.windows).toMatchObject([
      { from: null, seconds: null, running: null, fromLine: 3, toLine: 3 },
    ])
    expect(report.updates[1]?.batch.classes.restricted).toBe(1)
  })
})

describe('dirty bits', () => {
  const logged = (slot: number) => `1 ${set(slot, slot * 0x1000, 0x1000, { flags: LOG })}`

  it('are at risk where a logged slot is deleted, since logging began or since a GET that may have read them', async () => {
    const report = await audit(
      strace(
        ...begin,
        logged(0),
        logged(1),
        enters(2, 9),
        get(1),
        `1 ${remove(0)}`,
        `1 ${remove(1)}`,
        leaves(2),
      ),
    )
    const [first, second] = report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)
    expect(first).toMatchObject({ id: 0, pages: 1, loggedSinceLine: 4, loggedSeconds: 0.004, writers: [2] })
    expect(first?.harvest).toEqual({ is: 'perhaps', line: 7, seconds: 0.001, justBefore: true, writers: [2] })
    expect(second?.harvest).toMatchObject({ is: 'perhaps', line: 7, justBefore: false, seconds: 0.002 })
  })
  it('had no harvest where no GET came since logging began, or where it failed', async () => {
    const failing = get(1).replace('= 0', '= -1 ENOENT (No such file or directory)')
    const report = await audit(strace(...begin, get(1), logged(0), failing, `1 ${remove(0)}`))
    expect(report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)).toMatchObject([
      { harvest: { is: 'none' } },
    ])
  })
  it('are at risk where logging is switched off, and no more by the delete after it', async () => {
    const report = await audit(strace(...begin, logged(0), `1 ${set(0, 0, 0x1000)}`, `1 ${remove(0)}`))
    expect(report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)).toMatchObject([
      { by: 'logging off', line: 5, grade: 'never harvested' },
    ])
  })
  it('are never at risk in a read-only slot', async () => {
    const readOnly = `1 ${set(0, 0, 0x1000, { flags: `${LOG}|${RO}` })}`
    expect((await audit(strace(...begin, readOnly, `1 ${remove(0)}`))).totals.atRisk).toBe(0)
  })
  it('are graded by what vCPUs did since the last harvest', async () => {
    const grades = async (...calls: string[]) =>
      (await audit(strace(...begin, logged(0), ...calls, `1 ${remove(0)}`, ...complete))).updates.flatMap(
        ({ dirtyAtRisk }) => dirtyAtRisk.map(({ grade }) => grade),
      )
    expect(await grades(enters(2, 9), leaves(2), get(1))).toEqual(['harvested'])
    expect(await grades(get(1), enters(2, 9), leaves(2))).toEqual(['vCPU in between'])
    expect(await grades(enters(2, 9), leaves(2))).toEqual(['never harvested'])
  })
  it('are a question of ring entries where a dirty ring is in use', async () => {
    const ring = '1 ioctl(8, KVM_RESET_DIRTY_RINGS, 0) = 5'
    const report = await audit(strace(...begin, logged(0), ring, `1 ${remove(0)}`))
    expect(report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)).toMatchObject([{ ring: true }])
  })
  it('of slots in a QEMU log were perhaps read: it does not say', async () => {
    const line = (size: string) =>
      `5@1.5:kvm_set_user_memory Slot#0 flags=0x1 gpa=0x0 size=${size} ua=0x7f0000000000 ret=0\n`
    const report = await audit(line('0x1000') + line('0x0'))
    expect(report.updates[0]?.dirtyAtRisk).toMatchObject([{ harvest: { is: 'not recorded' } }])
  })
})

describe('the report', () => {
  it('is what its codec says', async () => {
    const report = await audit(
      strace(...begin, `1 ${set(0, 0, 0x1000)}`, run(2, 9), `2 ${remove(0)}`, `2 ${set(0, 0, 0x1000)}`),
    )
    expect(AuditReport.is(JSON.parse(JSON.stringify(report)))).toBe(true)
    expect(AuditReport.is({ ...report, version: 1 })).toBe(false)
  })
  it('keeps a bounded number of updates, and the worst among them', async () => {
    const pairs = Array.from({ length: 1200 }, () => [
      `2 ${remove(0)}`,
      `2 ${set(0, 0, 0x1000)}`,
      run(2, 9),
    ]).flat()
    const last = [enters(3, 10), `2 ${remove(0)}`, `2 ${set(0, 0, 0x1000)}`, leaves(3)]
    const report = await audit(strace(...begin, `1 ${set(0, 0, 0x1000)}`, run(2, 9), ...pairs, ...last))
    expect(report.totals).toMatchObject({ updates: 1202, windows: 1201, windowsMet: 1 })
    expect(report.updates.length).toBeLessThan(1003)
    expect(report.worst?.update).toBe(report.updates.length - 1)
  })
})
