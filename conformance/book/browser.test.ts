import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memslot } from '../command/captured.js'
import { packageRoot } from '../package-root.js'

/** Debian's Chromium. Without it nothing here is judged, and the report says so. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const PAGES = [
  ...[
    'index',
    'problem',
    'objects',
    'one-slot',
    'batch',
    'vcpu',
    'dirty-logs',
    'address-spaces',
    'fetch-path',
  ],
  ...[
    'comparison',
    'kernels',
    'not-specified',
    'designs',
    'questions',
    'rules',
    'explorer',
    'semantics',
    'bugs',
  ],
] as const

describe.skipIf(CHROMIUM === undefined)(
  'the book in Chromium, opened from disk (skipped where there is no Chromium)',
  () => {
    let directory: string
    let browser: Browser
    let page: Page
    const complaints: string[] = []

    const url = (file: string) => {
      const [path = '', ...hash] = file.split('#')
      return [pathToFileURL(join(directory, path)).href, ...hash].join('#')
    }
    const shown = (selector: string) => page.locator(selector).textContent()
    /** axe’s serious faults on the page as it is. */
    const faults = async (): Promise<readonly string[]> => {
      await page.evaluate(axe)
      return page.evaluate(async () => {
        const { axe: run } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
        }
        const { violations } = await run.run()
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)
      })
    }

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'memslot-book-'))
      const { err, status } = await memslot(['book', '--out', directory])
      if (status !== 0) throw new Error(err)
      browser = await chromium.launch({
        ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
        args: ['--no-sandbox'],
        timeout: 120_000,
      })
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      page.setDefaultTimeout(120_000)
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(error.message))
      page.on(
        'request',
        request => request.url().startsWith('file:') || complaints.push(`asks for ${request.url()}`),
      )
    })

    afterAll(async () => {
      await browser?.close()
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    })

    it.each(PAGES)('%s opens without an error, asks for nothing, and fits a phone', async name => {
      complaints.length = 0
      await page.setViewportSize({ width: 360, height: 800 })
      await page.goto(url(`${name}.html`))
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
      await page.setViewportSize({ width: 1280, height: 900 })
      expect(await faults()).toEqual([])
      expect(complaints).toEqual([])
    })

    it('in the dark has no serious fault either', async () => {
      await page.emulateMedia({ colorScheme: 'dark' })
      for (const name of ['explorer', 'batch', 'designs']) {
        await page.goto(url(`${name}.html`))
        expect(await faults()).toEqual([])
      }
      await page.emulateMedia({ colorScheme: 'light' })
    })

    it('a cell of the matrix leads to its run, which is stepped to its end and back by keys, and whose link shows it again', async () => {
      await page.goto(url('designs.html'))
      const href = await page.locator('table.matrix a', { hasText: 'fails in' }).first().getAttribute('href')
      await page.goto(url(href ?? ''))
      const last = (await shown('.controls output')) ?? ''
      expect(await shown('.said')).toMatch(/\S/)
      expect(await page.locator('.wrong').count()).toBeGreaterThan(0)
      await page.keyboard.press('Home')
      expect(await shown('.controls output')).toMatch(/^0 of /)
      const steps = Number(last.split(' of ')[1])
      for (let i = 0; i < steps; i++) await page.keyboard.press('ArrowRight')
      expect(await shown('.controls output')).toBe(`${steps} of ${steps}`)
      const said = await shown('.said')
      await page.keyboard.press('ArrowLeft')
      expect(await shown('.controls output')).toBe(`${steps - 1} of ${steps}`)
      await page.keyboard.press('ArrowRight')
      await page.waitForURL(new RegExp(`at=${steps}$`))
      const link = page.url()
      await page.goto('about:blank')
      await page.goto(link)
      expect(await shown('.said')).toBe(said)
    })

    it('a next step that is chosen happens, and two designs stand side by side', async () => {
      await page.goto(url('explorer.html'))
      await page.locator('.ways button').first().click()
      expect(await shown('.controls output')).toBe('1 of 1')
      await page.locator('label', { hasText: 'beside' }).locator('select').selectOption('batch')
      expect(await page.locator('.story').count()).toBe(2)
      expect(await page.locator('.hindered li').count()).toBeGreaterThan(0)
      await page.locator('label', { hasText: 'property' }).locator('select').selectOption('dirty-complete')
      await page.getByRole('button', { name: 'Find a run that breaks it' }).click()
      await page.getByText(/sequential breaks dirty-complete in \d+ steps/).waitFor()
      expect(await shown('.answer')).toMatch(/batch: dirty-complete holds in all \d+ states/)
    })

    it('a wrong link says what is wrong with it', async () => {
      await page.goto(url('explorer.html#scenario=1:0%2B1@0->&design=btach'))
      expect(await shown('[role=alert]')).toMatch(/design: found "btach", expected a design of the matrix/)
    })

    it('a recording and a trace that are given are drawn; a file that is neither is refused in words', async () => {
      await page.goto(url('explorer.html'))
      const input = page.locator('input[type=file]')
      await input.setInputFiles(
        join(packageRoot(), 'conformance/audit/recording/fixtures/q35-excerpt.strace'),
      )
      await page.getByRole('heading', { name: 'q35-excerpt.strace' }).waitFor()
      await page.keyboard.press('End')
      await page.locator('.segment.backed').nth(1).waitFor()
      await input.setInputFiles(join(packageRoot(), 'oracle/corpus/bad/overlap-accepted.ndjson'))
      await page.getByRole('heading', { name: 'overlap-accepted.ndjson' }).waitFor()
      const packed = join(directory, 'q35.strace.gz')
      const recorded = readFileSync(
        join(packageRoot(), 'conformance/audit/recording/fixtures/q35-excerpt.strace'),
      )
      writeFileSync(packed, gzipSync(Buffer.from(`\ufeff${recorded}`, 'utf16le')))
      await input.setInputFiles(packed)
      await page.getByRole('heading', { name: 'q35.strace.gz' }).waitFor()
      const endless = join(directory, 'zeros.gz')
      writeFileSync(endless, gzipSync(Buffer.alloc(40 << 20)))
      await input.setInputFiles(endless)
      await page.getByText('zeros.gz has more than the 33554432 bytes that a page reads').waitFor()
      const torn = join(directory, 'torn.gz')
      writeFileSync(torn, readFileSync(packed).subarray(0, 100))
      await input.setInputFiles(torn)
      await page.getByText('torn.gz cannot be read').waitFor()
      const nothing = join(directory, 'note.txt')
      writeFileSync(nothing, 'hello\n')
      await input.setInputFiles(nothing)
      await page.getByText(/^note\.txt: .*expected/).waitFor()
    })

    it('a rule leads to the run that uses it, at the moment it does, and the address is a link to that', async () => {
      await page.goto(url('problem.html'))
      const href = await page.locator('#set\\.overlap a[href^="explorer.html"]').first().getAttribute('href')
      await page.goto(url(href ?? ''))
      await page.getByRole('heading', { name: 'a run that uses set.overlap' }).waitFor()
      expect(await shown('.said')).toMatch(/^set\.overlap line \d+: thread 0 answers EEXIST/)
      await page.keyboard.press('ArrowLeft')
      const said = await shown('.said')
      expect(said).toMatch(/begins set/)
      const at = Number(/ (\d+) of|^(\d+) of/.exec((await shown('.controls output')) ?? '')?.[2])
      await page.waitForURL(new RegExp(`packed=.*at=${at}&rule=set.overlap$`))
      const link = page.url()
      await page.goto('about:blank')
      await page.goto(link)
      await page.getByText(said ?? '').waitFor()
      await page.goto(url('explorer.html#packed=AAAA'))
      await page.getByText('This link cannot be followed: what is packed in it was cut').waitFor()
    })

    it('the page of an audit fits a phone, and has no serious fault', async () => {
      const recording = join(packageRoot(), 'conformance/audit/recording/fixtures/q35-excerpt.strace')
      await memslot(['audit', recording, '--html', join(directory, 'audit.html')])
      complaints.length = 0
      await page.setViewportSize({ width: 360, height: 800 })
      await page.goto(url('audit.html'))
      expect(await shown('h1')).toMatch(/audit/)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
      await page.setViewportSize({ width: 1280, height: 900 })
      expect(await faults()).toEqual([])
      expect(complaints).toEqual([])
    })

    it('on paper no table is cut', async () => {
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 700, height: 1000 }) // A4 between its margins
      for (const name of ['designs', 'comparison', 'kernels', 'rules', 'semantics', 'audit']) {
        await page.goto(url(`${name}.html`))
        const wide = await page
          .locator('table')
          .evaluateAll(tables =>
            tables.map(table => table.getBoundingClientRect().right).filter(right => right > 700),
          )
        expect(wide, name).toEqual([])
      }
      await page.emulateMedia({ media: 'screen' })
      await page.setViewportSize({ width: 1280, height: 900 })
    })

    it('a run is saved as a trace that memslot check judges', async () => {
      await page.goto(url('explorer.html'))
      await page.locator('label', { hasText: 'property' }).locator('select').selectOption('dirty-complete')
      await page.getByRole('button', { name: 'Find a run that breaks it' }).click()
      await page.getByText(/sequential breaks dirty-complete in/).waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save this run as a trace' }).click(),
      ])
      const file = join(directory, 'saved.ndjson')
      await download.saveAs(file)
      const { err, status } = await memslot(['check', file])
      expect(err).toBe('')
      expect(status).toBe(1)
    })
  },
)
