// The pictures of the README, made anew: npm run pictures. Needs the build and Debian's Chromium.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)
if (executablePath === undefined) {
  console.error('no Chromium: apt-get install chromium')
  process.exit(2)
}
const memslot = (...args) =>
  execFileSync(process.execPath, ['dist/conformance/command/main.js', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
// Status 1 says that windows met a vCPU: the page is written all the same.
const auditing = (...args) => {
  try {
    memslot(...args)
  } catch (error) {
    if (error.status !== 1) throw error
  }
}

const at = mkdtempSync(join(tmpdir(), 'memslot-pictures-'))
const to = 'docs/pictures'
mkdirSync(to, { recursive: true })
memslot('book', '--out', at)
auditing('audit', '--html', join(at, 'audit.html'), 'conformance/audit/recording/fixtures/q35-excerpt.strace')

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1000, height: 620 }, colorScheme: 'light' })
const open = file => page.goto(pathToFileURL(join(at, file)).href)
const take = async (name, selector) => {
  const path = join(to, `${name}.png`)
  await (selector === undefined
    ? page.screenshot({ path })
    : page.locator(selector).first().screenshot({ path }))
  console.log(path)
}

await open('one-slot.html')
await take('rule', '#set\\.beyond-max-gfn')

await open('explorer.html')
await page.setViewportSize({ width: 1200, height: 760 })
await page.locator('label', { hasText: 'beside' }).locator('select').selectOption('batch')
await page.getByRole('button', { name: 'Find a run that breaks it' }).click()
await page.getByText(/sequential breaks no-hole/).waitFor()
await page.locator('main').press('End')
await page.locator('.stories').first().scrollIntoViewIfNeeded()
await take('explorer', '.stories')

await page.setViewportSize({ width: 1000, height: 620 })
await open('audit.html')
await take('audit')

await open('explorer.html')
await page.locator('input[type=file]').setInputFiles('oracle/corpus/bad/overlap-accepted.ndjson')
await page.getByRole('heading', { name: 'overlap-accepted.ndjson' }).waitFor()
while ((await page.locator('p.wrong').count()) === 0) await page.keyboard.press('ArrowRight')
await take('trace', '.story')

await browser.close()
rmSync(at, { recursive: true, force: true })
