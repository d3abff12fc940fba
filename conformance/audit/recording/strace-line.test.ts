import { describe, expect, it } from 'vitest'
import { readStraceLine } from './strace-line.js'

const ioctl = (line: string) => {
  const found = readStraceLine(line)
  if (found.is !== 'ioctl') throw new Error(`not an ioctl: ${found.is}`)
  return { ...found.head, ...found.call }
}

describe('a line of strace', () => {
  it('holds thread, time, descriptor, name, arguments and result of an ioctl', () => {
    expect(ioctl('20967 1795348284.332887 ioctl(3, KVM_CREATE_VM, 0) = 8')).toEqual({
      tid: 20967,
      at: 1795348284.332887,
      fd: 3,
      name: 'KVM_CREATE_VM',
      args: '0',
      outcome: { is: 'value', value: 8 },
      duration: null,
    })
  })
  it('may lack the thread column, the time, or both', () => {
    expect(ioctl('1795348284.332887 ioctl(3, KVM_RUN, 0) = 0')).toMatchObject({
      tid: null,
      at: 1795348284.332887,
    })
    expect(ioctl('77 ioctl(3, KVM_RUN, 0) = 0')).toMatchObject({ tid: 77, at: null })
    expect(ioctl('ioctl(3, KVM_RUN, 0)            = 0')).toMatchObject({ tid: null, at: null, fd: 3 })
  })
  it('may name the thread as on a terminal, and the time as a clock does', () => {
    expect(ioctl('[pid   812] 01:02:03.500000 ioctl(3, KVM_RUN, 0) = 0')).toMatchObject({
      tid: 812,
      at: 3723.5,
    })
  })
  it('may hold the duration of the call', () => {
    expect(ioctl('5 1795348284.1 ioctl(9, KVM_RUN, 0) = 0 <0.000213>').duration).toBe(0.000213)
  })
  it('may name what descriptors are', () => {
    const call = ioctl('5 1795348284.1 ioctl(3</dev/kvm>, KVM_CREATE_VM, 0) = 8<anon_inode:kvm-vm>')
    expect(call).toMatchObject({ fd: 3, name: 'KVM_CREATE_VM', outcome: { is: 'value', value: 8 } })
  })
  it('names the error of a call that failed', () => {
    const line = '5 1795348284.1 ioctl(9, KVM_RUN, 0) = -1 EAGAIN (Resource temporarily unavailable) <0.1>'
    expect(ioctl(line)).toMatchObject({ outcome: { is: 'error', errno: 'EAGAIN' }, duration: 0.1 })
  })
  it('says `?` where the result never came', () => {
    expect(ioctl('5 1795348284.1 ioctl(9, KVM_RUN, 0) = ? ERESTARTSYS (To be restarted)').outcome).toEqual({
      is: 'unknown',
    })
  })
  it('that gives REGION2 by number is known all the same', () => {
    const line = '5 1795348284.1 ioctl(9, _IOC(_IOC_WRITE, 0xae, 0x49, 0xa0), 0x7ffd00) = 0'
    expect(ioctl(line)).toMatchObject({ name: 'KVM_SET_USER_MEMORY_REGION2', args: '0x7ffd00' })
  })
  it('ending in unfinished, and the line that resumes it, fit together', () => {
    const begun = readStraceLine('5 1795348284.1 ioctl(11, KVM_RUN <unfinished ...>')
    const resumed = readStraceLine('5 1795348284.2 <... ioctl resumed>, 0) = 0')
    expect(begun).toEqual({ is: 'unfinished', head: { tid: 5, at: 1795348284.1 }, text: 'ioctl(11, KVM_RUN' })
    expect(resumed).toEqual({ is: 'resumed', head: { tid: 5, at: 1795348284.2 }, text: ', 0) = 0' })
  })
  it('may be about a signal, an exit or another system call', () => {
    expect(readStraceLine('5 1795348284.1 --- SIGUSR1 {si_signo=SIGUSR1} ---').is).toBe('other')
    expect(readStraceLine('5 1795348284.1 +++ exited with 0 +++').is).toBe('gone')
    expect(readStraceLine('5 1795348284.1 close(8) = 0').is).toBe('other')
  })
  it('that is none of these is unknown, and so is half an ioctl', () => {
    expect(readStraceLine('qemu: warning: something').is).toBe('unknown')
    expect(readStraceLine('5 1795348284.1 ioctl(8, KVM_SET_USER_MEM').is).toBe('unknown')
    expect(readStraceLine('').is).toBe('unknown')
  })
})
