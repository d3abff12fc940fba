import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { isLeft, right } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../package-root.js'
import { writeWhole } from './write-whole.js'

const folder = mkdtempSync(join(tmpdir(), 'memslot-write-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

describe('a file that is written whole', () => {
  it('replaces a regular file, keeps its mode and leaves nothing else behind', async () => {
    writeFileSync(at('old'), 'old')
    chmodSync(at('old'), 0o640)
    expect(await writeWhole(at('old'), 'new')).toEqual(right(at('old')))
    expect([readFileSync(at('old'), 'utf8'), statSync(at('old')).mode & 0o777]).toEqual(['new', 0o640])
    expect(readdirSync(folder)).toEqual(['old'])
  })

  it('is made with its folders', async () => {
    await writeWhole(at('a/b/c'), 'new')
    expect(readdirSync(at('a/b'))).toEqual(['c'])
  })

  it('leaves a device a device', async () => {
    expect(await writeWhole('/dev/null', 'gone')).toEqual(right('/dev/null'))
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('goes through a FIFO, which stays one', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const reader = spawn('cat', [at('fifo')])
    let heard = ''
    reader.stdout.on('data', piece => {
      heard += piece
    })
    const ended = new Promise(resolve => reader.once('close', resolve))
    expect(await writeWhole(at('fifo'), 'through')).toEqual(right(at('fifo')))
    await ended
    expect([heard, lstatSync(at('fifo')).isFIFO()]).toEqual(['through', true])
  })

  it('goes through a FIFO, and nothing closes its descriptor once more when memory is collected', async () => {
    execFileSync('mkfifo', [at('collected')])
    const module = join(packageRoot(), 'dist/conformance/command/write-whole.js')
    const program = `
      import { writeWhole } from ${JSON.stringify(module)}
      import { setImmediate } from 'node:timers/promises'
      await writeWhole(${JSON.stringify(at('collected'))}, 'through')
      for (let i = 0; i < 10; i++) {
        globalThis.gc()
        await setImmediate()
      }`
    const writer = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', program])
    let said = ''
    writer.stderr.on('data', piece => {
      said += piece
    })
    spawn('cat', [at('collected')], { stdio: 'ignore' })
    const [status] = await once(writer, 'close')
    expect([status, said]).toEqual([0, ''])
  })

  it('goes through a FIFO whose reader comes later, however long it is', async () => {
    execFileSync('mkfifo', [at('late')])
    const text = 'x'.repeat(1 << 20)
    const written = writeWhole(at('late'), text)
    await setTimeout(100)
    const reader = spawn('wc', ['-c', at('late')])
    let heard = ''
    reader.stdout.on('data', piece => {
      heard += piece
    })
    await once(reader, 'close')
    expect([await written, Number.parseInt(heard, 10)]).toEqual([right(at('late')), text.length])
  })

  it('is not waited for after an interruption, where it is a FIFO that nobody reads', async () => {
    execFileSync('mkfifo', [at('alone')])
    const stop = new AbortController()
    const written = writeWhole(at('alone'), 'never', stop.signal)
    stop.abort()
    expect(await written).toMatchObject({ left: { found: 'nobody who reads it (ENXIO)' } })
  })

  it.each([
    ['that is there', 'target'],
    ['that is not there yet', 'absent'],
  ])('goes to the file %s and a symbolic link leads to', async (_, target) => {
    if (target === 'target') writeFileSync(at(target), 'old')
    symlinkSync(target, at(`link-to-${target}`))
    await writeWhole(at(`link-to-${target}`), 'new')
    expect(lstatSync(at(`link-to-${target}`)).isSymbolicLink()).toBe(true)
    expect(readFileSync(at(target), 'utf8')).toBe('new')
  })

  it.each([
    ['a folder', '.', 'found a directory (EISDIR)'],
    ['a full device', '/dev/full', 'found no space left (ENOSPC)'],
    ['a path below a file', 'old/below', 'expected a file that can be written'],
    ['a link to itself', 'loop', 'found symbolic links that lead nowhere (ELOOP)'],
  ])('is an error of writing where it is %s', async (_, name, says) => {
    if (name === 'loop') symlinkSync('loop', at('loop'))
    const file = name.startsWith('/') ? name : join(folder, name)
    const written = await writeWhole(file, 'new')
    if (!isLeft(written)) throw new Error('it was written')
    expect(`found ${written.left.found}, expected ${written.left.expected}`).toContain(says)
  })

  it.skipIf(process.platform !== 'linux')(
    'is refused where no folder can be made, and does not try for ever',
    async () => {
      const found = await writeWhole('/proc/no-such-folder/file', 'text')
      expect(found._tag).toBe('Left')
    },
  )
})
