import { describe, expect, it } from 'vitest'
import type { KernelResults } from '../kernels/results.js'
import { confirmedBy, kernelName, kernelsHtml } from './kernels-table.js'

const kernel = (release: string, rules: Readonly<Record<string, number>>): KernelResults => ({
  schema: 'memslot-kernel-results',
  version: 1,
  release,
  target: `Linux ${release}; <somebody> runs the guest`,
  date: '2026-11-29',
  passed: { a: ['x', 'y'], b: ['z'] },
  failed: [],
  skipped: Array.from({ length: 8 }, (_, i) => ({ reason: `reason ${i}`, cases: i + 1 })),
  rules,
})

describe('the kernels that were asked', () => {
  it('are named by version, and by architecture where that is not x86', () => {
    expect(kernelName('6.12.117+deb12-cloud-amd64')).toBe('6.12')
    expect(kernelName('6.12.117+deb12-cloud-arm64')).toBe('6.12 arm64')
    expect(kernelName('mine')).toBe('mine')
  })

  it('are counted beside each rule that they confirmed', () => {
    const by = confirmedBy([
      kernel('6.1.0-amd64', { 'set.move': 1 }),
      kernel('6.1.0-arm64', { 'set.move': 20, 'set.id': 2 }),
    ])
    expect(by.get('set.move')).toEqual(['6.1 (1 case)', '6.1 arm64 (20)'])
    expect(by.get('set.id')).toEqual(['6.1 arm64 (2 cases)'])
  })

  it('have a row each, and below it why the rest was not asked, most first and all of it counted', () => {
    const html = kernelsHtml([kernel('6.1.0-amd64', { 'set.move': 1 })])
    expect(html).toMatch(/<td class="number">3<\/td><td class="number">0<\/td><td class="number">1<\/td>/)
    expect(html).toContain('<td class="number">36</td>')
    expect(html).toContain('<li>8: reason 7</li>')
    expect(html).toContain('<li>3: 2 other reasons</li>')
    expect(html).toContain('&lt;somebody&gt;')
  })

  it('are none where none was asked', () => {
    expect(kernelsHtml([])).toContain('No kernel was asked')
  })
})
