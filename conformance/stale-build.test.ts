import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sourcesBelow, staleSource } from './stale-build.js'

const root = mkdtempSync(join(tmpdir(), 'memslot-stale-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Writes a file that was last changed at a second. */
const write = (file: string, second: number): void => {
  mkdirSync(join(root, file, '..'), { recursive: true })
  writeFileSync(join(root, file), '')
  utimesSync(join(root, file), second, second)
}
write('spec/terms/slot.ts', 10)
write('dist/spec/terms/slot.js', 20)
write('spec/terms/slot.test.ts', 30)

describe('a source that was changed after it was compiled', () => {
  it('is found where there is one, and tests are no sources', () => {
    const sources = sourcesBelow(root, 'spec')
    expect(sources).toEqual(['spec/terms/slot.ts'])
    expect(staleSource(root, sources)).toBeNull()
    write('spec/terms/slot.ts', 30)
    expect(staleSource(root, sources)).toBe('spec/terms/slot.ts')
  })

  it('is also one that was never compiled', () => {
    expect(staleSource(root, ['spec/terms/new.ts'])).toBe('spec/terms/new.ts')
  })

  it('is not looked for in a package installed without sources', () => {
    expect(sourcesBelow(root, 'oracle')).toEqual([])
  })
})
