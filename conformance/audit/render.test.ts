import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { renderAuditHtml } from '../reports/audit/page/render-audit-html.js'
import { pictureOf } from '../reports/audit/picture.js'
import { renderAudit } from '../reports/audit/text/render-audit.js'
import { auditRecording } from './audit-recording.js'

const auditFixture = async (name: string, shownAs = name): Promise<AuditReport> => {
  const path = fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url))
  const text = readFileSync(path, 'utf8')
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
  it('says first what matters most', async () => {
    const lines = plain(await auditFixture('q35-excerpt.strace'))
      .replaceAll(/\n {20}/g, ' ')
      .split('\n')
    expect(lines[3]).toMatch(/^Deviations +none/)
    expect(lines[4]).toMatch(/18 while another vCPU was inside KVM_RUN, 5 before any vCPU ran/)
    expect(lines[5]).toMatch(
      /^Worst +0x100000-0x1fffffff \(511 MiB\) unmapped for 6\.826 ms, .*thread 20970 inside KVM_RUN/,
    )
    expect(lines[7]).toMatch(/^Dirty bits at risk +none, no logged slot is deleted/)
  })
  it('draws addresses against time, and KVM_RUN beneath', async () => {
    const text = plain(await auditFixture('q35-excerpt.strace'))
    expect(text).toMatch(/0x100000-0x1fffffff 511 MiB {2}·+█{30,}·+\n/)
    expect(text).toMatch(/20970 KVM_RUN +━{60,}\n/)
  })
  it('gives for each update the batch and its page classes', async () => {
    const text = plain(await auditFixture('pc-migrate-excerpt.strace'))
    expect(text).toMatch(/set {2}1 {2}0xfffc0000-0xffffffff {2}256 KiB {2}0x7fc954a00000 {2}LOG\|RO/)
    expect(text).toMatch(/kept 4.096 \(11\.10 % of what was mapped\), logged 32.736, relaxed 64/)
    expect(text).toMatch(/relaxed +0xfffc0000-0xffffffff/)
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
    expect(text).toMatch(/2 logged slots deleted, at most 32 pages; which were dirty is unknown/)
    expect(text).toMatch(/if it read this slot: only pages written in the 0\.063 ms in between/)
    expect(text).toMatch(/the batch carries the bits of all 32 logged pages over/)
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
  it('cannot be broken by a name', async () => {
    const html = renderAuditHtml(await auditFixture('logged-delete.strace', '<script>alert("x")</script>'))
    expect(html).not.toContain('<script>')
    expect(html).toContain('&lt;script&gt;')
  })
})
