/** The problem in one picture: what guest-physical memory looks like while a slot is split by three calls, and by a batch. */
export const PROBLEM_PICTURE = `<figure>
<svg viewBox="0 0 720 250" role="img" aria-label="Above, three calls: a slot of two pages is deleted and two are created. Between the calls both pages are missing, then one of them, and a vCPU that fetches from a missing page is killed. Below, a batch: one publication leads from the old slots to the new ones, and an access meets either." style="width:100%;max-width:48rem">
<style>.t{font:13px system-ui,sans-serif;fill:var(--ink)}.s{font:12px system-ui,sans-serif;fill:var(--soft)}.m{fill:var(--mapped);stroke:var(--line)}.h{fill:none;stroke:var(--bad);stroke-dasharray:4 3}.b{font:12px system-ui,sans-serif;fill:var(--bad)}.a{stroke:var(--soft);fill:none}</style>
<text class="t" x="0" y="16">Today: DELETE 1, CREATE 1, CREATE 2</text>
${[
  ['before', 'slot 1', 'slot 1'],
  ['after DELETE', '', ''],
  ['after CREATE 1', 'slot 1', ''],
  ['after CREATE 2', 'slot 1', 'slot 2'],
]
  .map(
    ([title = '', a = '', b = ''], i) => `<text class="s" x="${i * 180}" y="38">${title}</text>
<rect class="${a === '' ? 'h' : 'm'}" x="${i * 180}" y="46" width="70" height="36" rx="4"/><rect class="${b === '' ? 'h' : 'm'}" x="${i * 180 + 72}" y="46" width="70" height="36" rx="4"/>
<text class="${a === '' ? 'b' : 't'}" x="${i * 180 + 8}" y="69">${a === '' ? 'hole' : a}</text><text class="${b === '' ? 'b' : 't'}" x="${i * 180 + 80}" y="69">${b === '' ? 'hole' : b}</text>`,
  )
  .join('\n')}
<text class="b" x="180" y="104">a vCPU that fetches here exits with an emulation failure</text>
<text class="t" x="0" y="146">A batch: one publication</text>
<text class="s" x="0" y="168">before</text><rect class="m" x="0" y="176" width="142" height="36" rx="4"/><text class="t" x="8" y="199">slot 1</text>
<path class="a" d="M152 194 H 388 m -8 -5 l 8 5 l -8 5"/><text class="s" x="160" y="186">an access to a page that changes</text><text class="s" x="160" y="212">waits; none meets a hole</text>
<text class="s" x="400" y="168">after</text><rect class="m" x="400" y="176" width="70" height="36" rx="4"/><rect class="m" x="472" y="176" width="70" height="36" rx="4"/><text class="t" x="408" y="199">slot 1</text><text class="t" x="480" y="199">slot 2</text>
</svg>
<figcaption class="hint">A logged slot of two pages is split. The pages are the same before and after, and so is the memory behind them.</figcaption></figure>`
