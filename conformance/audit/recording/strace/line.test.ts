import { describe, expect, it } from 'vitest'
import { emptyTally } from '../summary.js'
import { createClock } from './clock.js'
import { readStraceLine, straceLineIs } from './line.js'

const ioctl = (line: string) => {
  const found = readStraceLine(line)
  if (found.kind !== 'ioctl') throw new Error(`not an ioctl: ${found.kind}`)
  const { tid, stamp } = found.head
  return { tid, seconds: stamp?.seconds ?? null, ...found.call }
}
const RUN = 'ioctl(11, KVM_RUN, 0) = 0'
const run = { fd: 11, name: 'KVM_RUN', outcome: { is: 'value', value: 0 } }

describe('a line of strace', () => {
  it('holds thread, time, descriptor, name, arguments and result of an ioctl', () => {
    expect(ioctl('20967 1795348284.332887 ioctl(3, KVM_CREATE_VM, 0) = 8')).toEqual({
      tid: 20967,
      seconds: 1795348284.332887,
      fd: 3,
      fdName: null,
      name: 'KVM_CREATE_VM',
      args: '0',
      outcome: { is: 'value', value: 8 },
      duration: null,
      decimals: 0,
      exit: null,
    })
  })
  it.each([
    ['-ttt without -f', `1795348284.332887 ${RUN}`, null, 1795348284.332887],
    ['-ttt in whole seconds', `1795348284 ${RUN}`, null, 1795348284],
    ['-ttt in nanoseconds', `77 1795348284.250000000 ${RUN}`, 77, 1795348284.25],
    ['-f without times', `77 ${RUN}`, 77, null],
    ['neither, with the result in its column', 'ioctl(11, KVM_RUN, 0)                   = 0', null, null],
    ['a terminal, -tt', `[pid   812] 01:02:03.500000 ${RUN}`, 812, 3723.5],
    ['-t', `25495 18:51:58 ${RUN}`, 25495, 67918],
    ['-r without -f', `     0.000123 ${RUN}`, null, 0.000123],
    ['-t -r together', `12:00:01 (+     0.000123) ${RUN}`, null, 43201],
    [
      '-Y, and numbers and instruction pointers by -n and -i',
      `25227<qemu-system-x86> 1795891912.538613 [  16] [00007fad0e1b6d6b] ${RUN}`,
      25227,
      1795891912.538613,
    ],
    ['--decode-pids on a terminal', `[pid 25354<qemu-system-x86>]      0.000502 ${RUN}`, 25354, 0.000502],
  ])('is read as written by %s', (_, line, tid, seconds) => {
    expect(ioctl(line)).toMatchObject({ tid, seconds, ...run })
  })
  it.each([
    ['-X raw', 'ioctl(11, 0xae80, 0) = 0'],
    ['-X verbose', 'ioctl(11, 0xae80 /* KVM_RUN */, 0) = 0'],
    ['-e raw=ioctl', 'ioctl(0xb, 0xae80, 0)    = 0'],
    ['-y', 'ioctl(11<anon_inode:kvm-vcpu:1>, KVM_RUN, 0) = 0'],
    ['another architecture, which marks the direction of a call', 'ioctl(11, 0x2000ae80, 0) = 0'],
    ['an old resumed', 'ioctl(11, KVM_RUN, 0 ) = 0'],
  ])('names the same call by %s', (_, line) => {
    expect(ioctl(line)).toMatchObject(run)
  })
  it('says what descriptors are, where it was asked for names', () => {
    expect(ioctl('5 ioctl(3</dev/kvm<char 10:232>>, KVM_CREATE_VM, 0) = 8<anon_inode:kvm-vm>')).toMatchObject(
      {
        fd: 3,
        fdName: '/dev/kvm<char 10:232>',
        outcome: { value: 8 },
      },
    )
  })
  it('holds the duration of the call, and with -e kvm=vcpu what KVM_RUN exited with', () => {
    expect(ioctl('5 1795348284.1 ioctl(9, KVM_RUN, 0) = 0 <0.000213>').duration).toBe(0.000213)
    expect(ioctl('5 ioctl(9, KVM_RUN, 0) = 0 (KVM_EXIT_MMIO) <0.0001>')).toMatchObject({
      exit: 'mmio',
      duration: 0.0001,
    })
    expect(ioctl('5 ioctl(9, KVM_RUN, 0) = 0 (KVM_EXIT_INTERNAL_ERROR)').exit).toBe('internal error')
    expect(ioctl('5 ioctl(9, KVM_RUN, 0) = 0 (KVM_EXIT_IO)').exit).toBeNull()
  })
  it('names the error of a call that failed, and says `?` where the result never came', () => {
    const line = '5 1795348284.1 ioctl(9, KVM_RUN, 0) = -1 EAGAIN (Resource temporarily unavailable) <0.1>'
    expect(ioctl(line)).toMatchObject({ outcome: { is: 'error', errno: 'EAGAIN' }, duration: 0.1 })
    expect(ioctl('5 ioctl(9, KVM_RUN, 0) = ? ERESTARTSYS (To be restarted)').outcome).toEqual({
      is: 'unknown',
    })
  })
  it('that gives REGION2 by its parts is known all the same', () => {
    const line = '5 1795348284.1 ioctl(9, _IOC(_IOC_WRITE, 0xae, 0x49, 0xa0), 0x7ffd00) = 0'
    expect(ioctl(line)).toMatchObject({ name: 'KVM_SET_USER_MEMORY_REGION2', args: '0x7ffd00' })
  })
  it('ending in unfinished, and the line that resumes it, fit together', () => {
    expect(readStraceLine('5 1795348284.1 ioctl(11, KVM_RUN <unfinished ...>')).toMatchObject({
      kind: 'unfinished',
      text: 'ioctl(11, KVM_RUN',
    })
    expect(readStraceLine('5 1795348284.2 <... ioctl resumed>, 0) = 0')).toMatchObject({
      kind: 'resumed',
      name: 'ioctl',
      text: ', 0) = 0',
    })
    expect(readStraceLine('5 1795348284.1 ioctl(9, KVM_RUN <detached ...>').kind).toBe('unfinished')
  })
  it('may be about a signal, an exit, another system call or a frame of a stack', () => {
    expect(readStraceLine('5 1795348284.1 --- SIGUSR1 {si_signo=SIGUSR1} ---').kind).toBe('other')
    expect(readStraceLine('5 1795348284.1 +++ exited with 0 +++').kind).toBe('gone')
    expect(readStraceLine('5 1795348284.1 close(8) = 0').kind).toBe('system call')
    expect(readStraceLine(' > /usr/bin/qemu-system-x86_64(kvm_vm_ioctl+0x62) [0x7f36c2]')).toEqual({
      kind: 'stack',
      frame: 'kvm_vm_ioctl',
    })
  })
  it('may be a frame with its place in the source, or with a name that has parentheses', () => {
    const frame = (text: string) => readStraceLine(` > /usr/bin/vmm(${text}`)
    expect(frame('kvm_vm_ioctl+0x62) [0x7f36c2] accel/kvm/kvm-all.c:3010')).toEqual({
      kind: 'stack',
      frame: 'kvm_vm_ioctl',
    })
    expect(frame('Vm::set(unsigned int, Slot const&)+0x62) [0x7f36c2]')).toEqual({
      kind: 'stack',
      frame: 'Vm::set(unsigned int, Slot const&)',
    })
    expect(frame(') [0x7f36c2]')).toEqual({ kind: 'stack', frame: '/usr/bin/vmm()' })
  })
  it('that is none of these is unknown, and half an ioctl is a beginning', () => {
    expect(['qemu: warning: something', '', '> quoted'].map(straceLineIs)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ])
    expect(straceLineIs('5 1795348284.1 ioctl(8, KVM_SET_USER_MEM')).toBe('beginning')
  })
})

describe('the clock of a recording', () => {
  const clocked = (...lines: string[]) => {
    const tally = emptyTally()
    const clock = createClock(tally)
    return {
      tally,
      at: lines.map((line, i) => {
        const found = readStraceLine(line)
        return 'head' in found ? clock.at(found.head.stamp, i + 1) : null
      }),
    }
  }
  it('adds up differences, and goes on past midnight', () => {
    const { at, tally } = clocked(`     0.000000 ${RUN}`, `     0.000123 ${RUN}`, `     1.000000 ${RUN}`)
    expect(at.map(seconds => seconds?.toFixed(6))).toEqual(['0.000000', '0.000123', '1.000123'])
    expect(tally).toMatchObject({ relative: true, backwards: null })
    expect(clocked(`23:59:59.5 ${RUN}`, `00:00:00.5 ${RUN}`).at).toEqual([86399.5, 86400.5])
  })
  it('notices where times run backwards, and how fine they are', () => {
    expect(clocked(`5 1795348284.5 ${RUN}`, `5 1795348280.5 ${RUN}`).tally).toMatchObject({
      backwards: 2,
      resolution: 0.1,
    })
    expect(clocked(`5 18:51:58 ${RUN}`).tally.resolution).toBe(1)
  })
})
