import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { renderAuditHtml } from '../reports/audit/page/render-audit-html.js'
import { pictureOf } from '../reports/audit/picture.js'
import { renderAudit } from '../reports/audit/text/render-audit.js'
import { auditRecording } from './audit-recording.js'

const auditFixture = (name: string, shownAs = name): Promise<AuditReport> =>
  audited(
    readFileSync(fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url)), 'utf8'),
    shownAs,
  )

const audited = async (text: string, shownAs: string): Promise<AuditReport> => {
  const result = await auditRecording(
    (async function* () {
      yield text
    })(),
    { name: shownAs },
  )
  if (isLeft(result)) throw new Error(result.left.found)
  return result.right
}

const plain = (report: AuditReport, width = 110) => renderAudit(report, { color: false, width })

describe('the report for a terminal', () => {
  it('says the verdict first, then where, then what to do, then the batch', async () => {
    const text = plain(await auditFixture('q35-excerpt.strace'))
    const lines = text.replaceAll(/\n {20}/g, ' ').split('\n')
    expect(lines[2]).toBe('Affected: 18 windows met a running vCPU')
    expect(lines[4]).toMatch(/18 while another vCPU was inside KVM_RUN, 5 before any vCPU ran/)
    expect(lines[5]).toMatch(
      /^Worst +0x100000-0x1fffffff \(511 MiB, below 4 GiB\) unmapped for 6\.826 ms, .*thread 20970 inside KVM_RUN/,
    )
    const headings = ['\nWhere\n', '\nWhat to do today\n', '\nUpdates, and the one batch'].map(heading =>
      text.indexOf(heading),
    )
    expect(headings).toEqual([...headings].sort((a, b) => a - b))
    expect(headings[0]).toBeGreaterThan(0)
  })
  it('tells alike windows together, and those before any vCPU ran in one line', async () => {
    const text = plain(await auditFixture('q35-excerpt.strace'))
    expect(text).toMatch(/0xc0000-0xeffff +PAM +× 10 +7\.233 ms/)
    expect(text).toMatch(/\n {2}Before any vCPU ran: 5 windows, the longest 3\.953 ms\.\n/)
    const coloured = renderAudit(await auditFixture('q35-excerpt.strace'), { color: true, width: 110 })
    expect(coloured.split('\n').find(line => line.includes('Before any vCPU ran'))).not.toContain(
      '\u001b[31m',
    )
  })
  it('draws addresses against time, and KVM_RUN beneath', async () => {
    const text = plain(await auditFixture('q35-excerpt.strace'))
    expect(text).toMatch(/0x100000-0x1fffffff 511 MiB {2}·+█{30,}·+\n/)
    expect(text).toMatch(/20970 KVM_RUN +━{60,}\n/)
  })
  it('gives for each update the batch and its page classes', async () => {
    const text = plain(await auditFixture('pc-migrate-excerpt.strace'))
    expect(text).toMatch(
      /set {2}2 {2}0xc0000-0xcafff +44 KiB {2}0x7fc954c00000 +RO|set +\d+ +0x[0-9a-f]+-0x[0-9a-f]+ +[\d.]+ [KM]iB +0x[0-9a-f]+/,
    )
    expect(text).toMatch(/kept [\d\u00a0]+ \(99\.\d\d % of what was mapped\)/)
    expect(text).toMatch(/of [\d\u00a0]+ pages that the calls unmapped in between, the batch leaves/)
  })
  it('says unknown where the recording does not say', async () => {
    const text = plain(await auditFixture('q35-excerpt.qemu-trace')).replaceAll(/\s+/g, ' ')
    expect(text).toMatch(/who was inside KVM_RUN: unknown, not recorded/)
    expect(text).toMatch(/measured from return to return/)
    expect(text).not.toMatch(/vCPU was inside KVM_RUN/)
  })
  it('warns that strace lengthens windows and that a vCPU may be halted', async () => {
    const text = plain(await auditFixture('q35-excerpt.strace'))
    expect(text).toMatch(/it lengthens windows/)
    expect(text).toMatch(/be halted in the kernel/)
  })
  it('tells of each logged slot that was deleted what is at risk', async () => {
    const text = plain(await auditFixture('logged-delete.strace')).replaceAll(/\s+/g, ' ')
    expect(text).toMatch(
      /2 logged slots lost their bitmap, 32 pages at most: 2 with a vCPU inside KVM_RUN after the last harvest/,
    )
    expect(text).toMatch(/if it read this slot: only pages written in the 0\.063 ms in between/)
    expect(text).toMatch(/the batch carries the bits of all 32 logged pages over/)
  })
  it('says nothing of how long a window lasted where no times are recorded', async () => {
    const set = (size: number) =>
      `ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0\n`
    const text = plain(await audited(`${set(4096)}${set(0)}${set(4096)}`, 'unstamped'))
    expect(text).toMatch(/1 window /)
    expect(text).not.toMatch(/0\.000 ms|unknown time|Longest/)
  })
  it('does not say that a VM is not affected at all where dirty bits are at risk', async () => {
    const report = await auditFixture('logged-delete.strace')
    const unmet: AuditReport = { ...report, verdict: { is: 'not affected', because: ['so'], record: null } }
    expect(plain(unmet)).toMatch(/\nNot affected by windows: so\n/)
    const harmless = { ...unmet, totals: { ...unmet.totals, atRisk: 0 } }
    expect(plain(harmless)).toMatch(/\nNot affected: so\n/)
  })
  it('speaks of one logged slot in the singular', async () => {
    const report = await auditFixture('logged-delete.strace')
    const one = plain({ ...report, totals: { ...report.totals, atRisk: 1 } }).replaceAll(/\s+/g, ' ')
    expect(one).toMatch(/1 logged slot lost its bitmap/)
  })
  it('keeps within its columns', async () => {
    const long = Math.max(
      ...plain(await auditFixture('pc-migrate-excerpt.strace'))
        .split('\n')
        .map(line => line.length),
    )
    expect(long).toBeLessThanOrEqual(110)
  })
  it('uses colour only when asked', async () => {
    const report = await auditFixture('logged-delete.strace')
    expect(plain(report)).not.toContain('\u001b')
    expect(renderAudit(report, { color: true, width: 110 })).toContain('\u001b[31m')
  })
})

describe('the picture', () => {
  it('has a row for each stretch of addresses with a fate of its own', async () => {
    const picture = pictureOf(await auditFixture('q35-excerpt.strace'))
    expect(picture?.rows.map(({ gpa }) => gpa)).toEqual([
      '0xc0000',
      '0xcb000',
      '0xce000',
      '0xd8000',
      '0xf0000',
      '0x100000',
    ])
    expect(picture?.lanes?.map(({ tid, updates }) => [tid, updates])).toEqual([
      [20969, true],
      [20970, false],
    ])
  })
})

describe('the report as a page', () => {
  it('asks for nothing from anywhere', async () => {
    const html = renderAuditHtml(await auditFixture('q35-excerpt.strace'))
    expect(html).not.toMatch(/https?:|<script|<link|<img|@import|url\(/)
    expect(html).toMatch(/prefers-color-scheme: dark/)
  })
  it('says what the terminal says, with a drawing that can be heard', async () => {
    const html = renderAuditHtml(await auditFixture('q35-excerpt.strace'))
    expect(html).toMatch(/6\.826 ms/)
    expect(html).toMatch(
      /<svg class="picture" role="img" aria-label="0x100000-0x1fffffff was unmapped for 6\.826 ms/,
    )
    expect(html).toMatch(/<th scope="row">/)
  })
  it('cannot be broken by a name, and neither can a terminal', async () => {
    const name = '<script>alert("x")</script>\u001b[2J'
    const report = await auditFixture('logged-delete.strace', name)
    const html = renderAuditHtml(report)
    expect(html).not.toContain('<script>')
    expect(html).toContain('&lt;script&gt;')
    for (const shown of [html, plain(report)]) {
      expect(shown).not.toContain('\u001b')
      expect(shown).toContain('\ufffd[2J')
    }
  })
  it('and a terminal show nothing unescaped of lines that could not be read, and of stacks', async () => {
    const evil = '\u001b]0;x\u0007<img src=x>'
    const call = (size: number) =>
      `5 1795348284.5 ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0\n > /usr/bin/x(${evil}+0x3) [0x5]\n`
    const report = await audited(`${call(4096)}${evil}\n${call(0)}${call(4096)}`, evil)
    expect(report.counted.broken[0]?.found).toContain('img')
    for (const shown of [renderAuditHtml(report), plain(report)]) {
      expect(shown).not.toContain('\u001b')
      expect(shown).not.toContain('\u0007')
    }
    expect(renderAuditHtml(report)).not.toContain('<img')
  })
})
