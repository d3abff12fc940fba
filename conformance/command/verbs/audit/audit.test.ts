import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { isRight } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { ARCHES } from '../../../audit/options.js'
import { AuditReport } from '../../../reports/audit/codec.js'
import { memslot } from '../../captured.js'
import { FAIL_ON } from './audit.js'
import { declaredArches, FINDINGS } from './declare.js'

const recording = 'conformance/audit/recording/fixtures/logged-delete.strace'
const text = readFileSync(recording, 'utf8')
const directory = mkdtempSync(join(tmpdir(), 'memslot-audit-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A slot is deleted and made again by one update. */
const holed = [
  '1 1795348284.000001 openat(AT_FDCWD, "/dev/kvm", O_RDWR) = 9',
  '1 1795348284.000002 ioctl(9, KVM_CREATE_VM, 0) = 10',
  '1 1795348284.000003 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=16384, userspace_addr=0x7f0000000000}) = 0',
  '1 1795348284.0000035 ioctl(10, KVM_CREATE_VCPU, 0) = 11',
  '1 1795348284.000004 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=0, userspace_addr=0x7f0000000000}) = 0',
  '1 1795348284.000005 ioctl(10, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=16384, userspace_addr=0x7f0000000000}) = 0',
  '',
].join('\n')

const hotplug = (seconds: number) =>
  holed
    .split('\n')
    .map(line => (line.includes('000005') ? line.replace('84.000005', `${84 + seconds}.000005`) : line))
    .join('\n')

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
    ['1 1795348284.000001 ioctl(3, KVM_GET_API_VERSION, 0) = 12\n', 'no memslot call'],
  ])('refuses what is no recording of memslot calls: %j', async (input, says) => {
    const { out, err, status } = await memslot(['audit', '-'], input)
    expect([out, err, status]).toEqual(['', expect.stringContaining(`standard input: found ${says}`), 2])
  })

  it('refuses a file that cannot be read', async () => {
    const { err, status } = await memslot(['audit', join(directory, 'nowhere')])
    expect([err, status]).toEqual([expect.stringContaining('found no such file (ENOENT)'), 2])
    expect((await memslot(['audit'])).status).toBe(2)
  })

  it('knows the findings and the architectures that its help names', () => {
    expect(FINDINGS).toEqual(FAIL_ON)
    expect(declaredArches).toEqual(ARCHES)
  })

  it('fails on what it is asked to fail on, and on each of several', async () => {
    const fails = async (input: string, ...findings: string[]) =>
      (await memslot(['audit', '-', ...findings.flatMap(one => ['--fail-on', one])], input)).status
    expect(await fails(holed, 'met', 'at-risk')).toBe(0)
    expect(await fails(holed, 'met', 'hole')).toBe(1)
    expect(await fails(text, 'met')).toBe(1)
    expect(await fails(text, 'at-risk')).toBe(1)
    expect(await fails(hotplug(3), 'hole', 'unknown')).toBe(0)
    expect(await fails(hotplug(1), 'hole')).toBe(0)
    expect(await fails(hotplug(1), 'unknown')).toBe(1)
    expect(await fails(holed, 'nonsense')).toBe(2)
  })

  it('reads what gzip has packed, and several files or a directory of them by time', async () => {
    const packed = join(directory, 'run.strace.gz')
    writeFileSync(packed, gzipSync(text))
    const { out } = await memslot(['audit', packed, '--json'])
    expect(JSON.parse(out)).toMatchObject({ calls: 7, totals: { windows: 2 } })
    const folder = join(directory, 'ff')
    mkdirSync(folder)
    const lines = holed.split('\n').map(line => line.replace(/^1 /, ''))
    const interrupted = '1795348284.000002 ioctl(11, KVM_RUN, 0) = -1 EINTR (Interrupted system call)\n'
    writeFileSync(join(folder, 'run.strace.1'), lines.join('\n'))
    writeFileSync(join(folder, 'run.strace.2'), interrupted)
    const merged = JSON.parse((await memslot(['audit', folder, '--json'])).out)
    expect(merged).toMatchObject({
      files: [expect.stringMatching(/strace\.1$/), expect.stringMatching(/strace\.2$/)],
      totals: { windows: 1 },
    })
    expect(merged.origins.length).toBeGreaterThan(0)
  })

  it('refuses a packed file that is damaged', async () => {
    const torn = join(directory, 'torn.gz')
    writeFileSync(torn, gzipSync(text).subarray(0, 300))
    expect((await memslot(['audit', torn])).status).toBe(2)
  })

  it('compares two recordings, or one with an earlier report', async () => {
    const old = join(directory, 'old.json')
    writeFileSync(old, (await memslot(['audit', recording, '--json'])).out)
    const { out, status } = await memslot(['audit', '-', '--against', old, '--json'], hotplug(3))
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      schema: 'memslot-audit-comparison',
      oldVerdict: expect.stringMatching(/^affected/),
    })
    expect(JSON.parse(out).rows[0]).toMatchObject({ old: 2, new: 0, change: 'better' })
    const told = (await memslot(['audit', '-', '--against', recording], hotplug(3))).out
    expect(told).toMatch(/met a running vCPU +2 +0 +better/)
    expect((await memslot(['audit', '-', '--against', join(directory, 'none.json')], holed)).status).toBe(2)
  })

  it('names memory as QEMU does, where it is given its map', async () => {
    const map = join(directory, 'mtree')
    writeFileSync(
      map,
      'FlatView #0\n AS "memory", root: system\n Root memory region: system\n  0000000000000000-0000000000003fff (prio 0, ram): pc.ram KVM\n',
    )
    const { out } = await memslot(['audit', '-', '--json', '--mtree', map], holed)
    const named = JSON.parse(out).updates.flatMap((update: { windows: { name: string }[] }) =>
      update.windows.map(({ name }) => name),
    )
    expect(named).toEqual(['pc.ram: low RAM'])
    expect((await memslot(['audit', '-', '--mtree', recording], holed)).status).toBe(2)
  })

  it('prints a recorder', async () => {
    expect((await memslot(['audit', '--recorder', 'bpftrace'])).out).toMatch(/^#!\/usr\/bin\/env bpftrace\n/)
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
