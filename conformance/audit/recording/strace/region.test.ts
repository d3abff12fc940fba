import { describe, expect, it } from 'vitest'
import { readStraceRegion } from './region.js'

const region = (flags: string, slot = '2') =>
  `{slot=${slot}, flags=${flags}, guest_phys_addr=0xc0000, memory_size=98304, userspace_addr=0x7fd8abec0000}`

describe('the argument of KVM_SET_USER_MEMORY_REGION', () => {
  it('is read exactly', () => {
    expect(readStraceRegion(region('0'))).toEqual({
      as: 0,
      id: 2,
      flags: 0,
      gpa: 0xc0000n,
      size: 98304n,
      hva: 0x7fd8abec0000n,
    })
  })
  it('may have flags by name, by number, or both', () => {
    expect(readStraceRegion(region('KVM_MEM_LOG_DIRTY_PAGES|KVM_MEM_READONLY'))?.flags).toBe(3)
    expect(readStraceRegion(region('0x3'))?.flags).toBe(3)
    expect(readStraceRegion(region('KVM_MEM_READONLY|0x80000000'))?.flags).toBe(0x80000002)
    expect(readStraceRegion(region('0x8 /* KVM_MEM_??? */'))?.flags).toBe(8)
  })
  it('names the space in the upper half of the slot', () => {
    expect(readStraceRegion(region('0', '65539'))).toMatchObject({ as: 1, id: 3 })
    expect(readStraceRegion(region('0', '0x10003'))).toMatchObject({ as: 1, id: 3 })
  })
  it('holds numbers of 64 bits exactly', () => {
    const text =
      '{slot=0, flags=0, guest_phys_addr=0xfffffffffffff000, memory_size=18446744073709547520, userspace_addr=NULL}'
    expect(readStraceRegion(text)).toMatchObject({ gpa: 2n ** 64n - 4096n, size: 2n ** 64n - 4096n, hva: 0n })
  })
  it('is unknown where a pointer, an unknown flag or half a structure was printed', () => {
    expect(readStraceRegion('0x7ffd696c0840')).toBeNull()
    expect(readStraceRegion(region('KVM_MEM_NEW'))).toBeNull()
    expect(readStraceRegion('{slot=2, flags=0}')).toBeNull()
  })
  it('of the second ioctl has guest_memfd and its offset', () => {
    const text =
      '{slot=0, flags=KVM_MEM_GUEST_MEMFD, guest_phys_addr=0, memory_size=4096, userspace_addr=0x7f0000000000, guest_memfd_offset=0x1000, guest_memfd=19<anon_inode:kvm-gmem>}'
    expect(readStraceRegion(text)).toMatchObject({ flags: 4, guestMemfd: { fd: 19, offset: 4096n } })
  })
  it('may be wrapped and indented', () => {
    const text =
      '{slot=0,   flags=0,  guest_phys_addr=0x1000, memory_size=4096,     userspace_addr=0x20fe8000}'
    expect(readStraceRegion(text)).toMatchObject({ gpa: 0x1000n, size: 4096n })
  })
  it('with a number of more than 64 bits is none', () => {
    expect(readStraceRegion(region('0').replace('98304', '18446744073709551616'))).toBeNull()
  })
})
