import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { AuditReport } from '../../../reports/audit/codec.js'
import { memslot } from '../../captured.js'

const recording = 'conformance/audit/recording/fixtures/logged-delete.strace'
const text = readFileSync(recording, 'utf8')
const directory = mkdtempSync(join(tmpdir(), 'memslot-audit-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A slot is deleted and made again by one update. */
const holed = [
  '1 100.000001 openat(AT_FDCWD, "/dev/kvm", O_RDWR) = 9',
  '1 100.000002 ioctl(9, KVM_CREATE_VM, 0) = 10',
  '1 100.000003 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=16384, userspace_addr=0x7f0000000000}) = 0',
  '1 100.0000035 ioctl(10, KVM_CREATE_VCPU, 0) = 11',
  '1 100.000004 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=0, userspace_addr=0x7f0000000000}) = 0',
  '1 100.000005 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=16384, userspace_addr=0x7f0000000000}) = 0',
  '',
].join('\n')

describe('memslot audit', () => {
  it('reports on a recording', async () => {
    const { out, err, status } = await memslot(['audit', recording])
    expect(out).toContain(`memslot audit: ${recording}`)
    expect([err, status]).toEqual(['', 0])
  })

  it('reads standard input, and prints one object that the codec takes', async () => {
    const { out } = await memslot(['audit', '-', '--json'], text)
    const report = AuditReport.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right.file).toBe('standard input')
  })

  it('reports holes as findings, and as failures with --fail-on hole', async () => {
    expect((await memslot(['audit', '-'], holed)).status).toBe(0)
    expect((await memslot(['audit', '-', '--fail-on', 'hole'], holed)).status).toBe(1)
  })

  it('fails on a call that deviates', async () => {
    const refused = holed.replace(
      'memory_size=0, userspace_addr=0x7f0000000000}) = 0',
      'memory_size=0, userspace_addr=0x7f0000000000}) = -1 EEXIST (File exists)',
    )
    const { out, status } = await memslot(['audit', '-'], refused)
    expect(out).toContain('EEXIST')
    expect(status).toBe(1)
  })

  it('writes its page whole, or not at all', async () => {
    const html = join(directory, 'run.html')
    await memslot(['audit', recording, '--html', html])
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/)
    expect(readdirSync(directory)).toEqual(['run.html'])
  })

  it.each([
    ['', 'an empty file'],
    ['nothing of the kind\n', 'no line of a recording'],
    ['1 100.000001 ioctl(3, KVM_GET_API_VERSION, 0) = 12\n', 'no memslot call'],
  ])('refuses what is no recording of memslot calls: %j', async (input, says) => {
    const { out, err, status } = await memslot(['audit', '-'], input)
    expect([out, err, status]).toEqual(['', expect.stringContaining(`standard input: found ${says}`), 2])
  })

  it('refuses a file that cannot be read', async () => {
    const { err, status } = await memslot(['audit', directory])
    expect([err, status]).toEqual([expect.stringContaining('found a directory (EISDIR)'), 2])
  })

  it('reports what it has read when it is interrupted', async () => {
    const stop = new AbortController()
    const { out, status } = await memslot(['audit', '-'], '', {
      stop: stop.signal,
      stdin: (async function* () {
        yield text
        stop.abort()
        await new Promise(() => {}) // no more ever comes
      })(),
    })
    expect(out).toContain('memslot audit')
    expect(status).toBe(130)
  })
})
