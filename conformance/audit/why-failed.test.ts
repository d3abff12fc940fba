import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ReportFailure } from '../reports/audit/codec.js'
import { auditRecording } from './audit-recording.js'

const call = (slot: number, gpa: string, size: number, errno: string, rest = '') =>
  `5 1795348284.5 ioctl(9, KVM_SET_USER_MEMORY_REGION${rest === '' ? '' : '2'}, {slot=${slot}, flags=${rest === '' ? 0 : 'KVM_MEM_GUEST_MEMFD'}, guest_phys_addr=${gpa}, memory_size=${size}, userspace_addr=0x7f0000000000${rest}}) = ${errno === '' ? '0' : `-1 ${errno} (x)`}`

const failures = async (lines: readonly string[], options = {}): Promise<readonly ReportFailure[]> => {
  const result = await auditRecording(
    (async function* () {
      yield ['5 1795348284.4 ioctl(3, KVM_CREATE_VM, 0) = 9', ...lines, ''].join('\n')
    })(),
    { name: 'snippet', ...options },
  )
  if (isLeft(result)) throw new Error(result.left.found)
  expect(result.right.deviations).toEqual([])
  return result.right.failures
}
const ram = call(0, '0', 0x40000000, '')

describe('why a call failed is told', () => {
  it('by the slot it overlaps', async () => {
    const [why] = await failures([ram, call(3, '0x1000', 4096, 'EEXIST')])
    expect(why).toMatchObject({ line: 3, errno: 'EEXIST', rule: 'set.overlap' })
    expect(why?.because).toEqual(['the range overlaps slot 0', 'slot 0 maps 0x0-0x3fffffff'])
  })
  it('by the slot that would change what may not change', async () => {
    const [why] = await failures([ram, call(0, '0', 0x20000000, 'EINVAL')])
    expect(why?.rule).toBe('set.immutable')
    expect(why?.because.join()).toMatch(/slot 0 has 0x40000000 bytes at 0x0/)
  })
  it('by the bound it exceeds', async () => {
    const [why] = await failures([call(0, '0x8000000000', 4096, 'EINVAL')], { physBits: 39 })
    expect(why?.rule).toBe('set.beyond-max-gfn')
    expect(why?.because.join()).toMatch(/the range ends at 0x8000001000, and addresses end at 0x8000000000/)
    const [large] = await failures([
      call(0, '0', 2 ** 43, 'EINVAL').replace('0x7f0000000000', '0x100000000000'),
    ])
    const [host] = await failures([call(0, '0', 2 ** 43, 'EINVAL')])
    expect(host?.because.join()).toMatch(/user space ends at 0x7ffffffff000/)
    expect(large?.because.join()).toMatch(/2147483648 pages, and a slot has at most 2147483647/)
  })
  it('by what is not there, and by what is not aligned', async () => {
    const [gone, odd] = await failures([call(7, '0', 0, 'EINVAL'), call(1, '0x123', 4096, 'EINVAL')])
    expect([gone?.rule, odd?.rule]).toEqual(['set.delete-absent', 'set.gpa'])
  })
  it('by what the machine may be, where nothing else explains it', async () => {
    const [width] = await failures([call(0, '0x8000000000', 4096, 'EINVAL')])
    expect(width?.because[0]).toMatch(/bits.*--phys-bits/)
    const [page] = await failures([call(0, '0x1000', 4096, 'EINVAL')], { arch: 'arm64', pageSize: 65536 })
    expect(page?.because[0]).toBe('the host’s pages may have 65536 bytes')
    const [internal] = await failures([
      '5 1795348284.5 ioctl(9, KVM_CREATE_IRQCHIP, 0) = 0',
      '5 1795348284.5 ioctl(9, KVM_CREATE_VCPU, 0) = 10',
      call(0, '0xfee00000', 4096, 'EEXIST'),
    ])
    expect(internal?.because[0]).toMatch(/a slot of KVM’s own, the APIC access page at 0xfee00000-0xfee00fff/)
  })
  it('by KVM’s identity map at its default, and anywhere once KVM_SET_IDENTITY_MAP_ADDR has put it where no line says', async () => {
    const made = '5 1795348284.5 ioctl(9, KVM_CREATE_VCPU, 0) = 10'
    const moved = '5 1795348284.5 ioctl(9, KVM_SET_IDENTITY_MAP_ADDR, 0x7ffc00001000) = 0'
    const because = async (gpa: string, ...lines: readonly string[]) =>
      (await failures([...lines, made, call(0, gpa, 4096, 'EEXIST')]))[0]?.because[0]
    expect(await because('0xfffbc000')).toMatch(/overlaps .* the identity map at 0xfffbc000-0xfffbcfff/)
    expect(await because('0xfeffc000', moved)).toMatch(
      /may overlap .* the identity map: where .* is not recorded/,
    )
    expect(await because('0xfffbc000', moved)).toMatch(/may overlap/)
  })
  it('of guest_memfd as far as the call says it, and is never judged', async () => {
    const [why] = await failures([call(1, '0', 4096, 'EINVAL', ', guest_memfd_offset=0x123, guest_memfd=19')])
    expect(why).toMatchObject({
      rule: null,
      because: [expect.stringMatching(/offset 0x123.*not page aligned/)],
    })
    expect(why?.ask[0]).toMatch(/belongs to this VM/)
  })
  it.each(['EPERM', 'EACCES', 'ENOSYS'])(
    'of %s by what stands before KVM, and is no deviation',
    async errno => {
      const [why] = await failures([ram, call(0, '0', 0, errno)])
      expect(why).toMatchObject({ errno, rule: null })
      expect(why?.because.join()).toMatch(/seccomp filter or a security module/)
    },
  )
})
