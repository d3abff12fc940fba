import type { Operation } from '../../spec/terms/operation.js'
import { countPages, ofRuns, type Run } from '../../spec/terms/page-set.js'
import type { Result, Seen } from '../../spec/terms/result.js'
import type { Slot } from '../../spec/terms/slot.js'
import { OperationCodec } from '../wire/operation.js'
import { printPages, printSlot } from './difference.js'

const isSlot = (v: unknown): v is Slot =>
  typeof v === 'object' && v !== null && 'hva' in v && 'npages' in v && 'log' in v

const isRange = (v: unknown): v is { readonly base: number; readonly npages: number } =>
  typeof v === 'object' && v !== null && 'base' in v && 'npages' in v

const isRuns = (v: unknown): v is readonly Run[] =>
  Array.isArray(v) && v.length > 0 && v.every(run => Array.isArray(run) && run.length === 2)

const value = (v: unknown): string => {
  if (isSlot(v)) return `#${v.id} (${printSlot(v)})`
  if (isRuns(v)) return printPages(ofRuns(v))
  if (isRange(v)) return `frames ${v.base}-${v.base + v.npages - 1}`
  if (v === null) return 'none'
  if (typeof v === 'bigint') return `0x${v.toString(16)}`
  if (v === undefined) return 'nothing'
  return JSON.stringify(v, (_, inner: unknown) =>
    typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner,
  )
}

/** Values of a refutation as `size 0x1001, limit 0x1000`. */
export const printValues = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => {
      const text = value(v)
      return `${k} ${text.length > 120 ? `${text.slice(0, 117)}…` : text}`
    })
    .join(', ')

/** An operation as `set(as=0, id=1, gpa=0x0, …)`. */
export const printOperation = (operation: Operation): string => {
  const { op, ...fields } = OperationCodec.encode(operation)
  const args = Object.entries(fields).map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`)
  return `${op}(${args.join(', ')})`
}

const generation = (g: number | null | undefined): string =>
  g === null || g === undefined ? '' : ` at generation ${g}`

/** What the specification allows, in words. */
export const printResult = (result: Result): string => {
  switch (result.is) {
    case 'error': {
      const at = result.index === null ? '' : ` at entry ${result.index}`
      return `${result.errno}${at}${result.bound === null ? '' : `, bound ${result.bound}`}`
    }
    case 'done':
      return `success${generation(result.generation)}`
    case 'log': {
      const perhaps = result.maybe.length === 0 ? '' : ` and perhaps ${printPages(result.maybe)}`
      return `dirty pages ${printPages(result.set)}${perhaps}${generation(result.generation)}`
    }
    case 'batch': {
      const retired = result.retired.map(r => `slot ${r.id} pages ${printPages(r.set)}`)
      const total = result.retired.reduce((sum, r) => sum + countPages(r.set), 0)
      const told =
        result.asked === 'total' ? `${total} bits retired` : `retired ${retired.join('; ') || 'nothing'}`
      return `success${generation(result.generation)}, ${told}`
    }
    case 'found':
      return result.found === null
        ? 'a hole'
        : `slot ${result.found.id}, page ${result.found.page}, hva ${value(result.found.hva)}`
    case 'ranges':
      return `frames ${result.ranges.map(r => `${r.as}:${r.id}:${r.gfn}+${r.npages}`).join(' ') || 'none'}`
    case 'access':
      return `${result.end}${result.errno === null ? '' : ` ${result.errno}`}${result.data === null ? '' : ` ${result.data}`}`
  }
}

/** What was seen, in the same words. */
export const printSeen = (seen: Seen): string => {
  switch (seen.is) {
    case 'error': {
      const at = seen.index === undefined ? '' : ` at entry ${seen.index}`
      return `${seen.errno}${at}${seen.bound === undefined ? '' : `, bound ${seen.bound}`}`
    }
    case 'access':
      return `${seen.end}${seen.errno === undefined ? '' : ` ${seen.errno}`}${seen.data === undefined ? '' : ` ${seen.data}`}`
    case 'ok': {
      const { is: _, generation: g, bits, ...rest } = seen
      const told = Object.entries(rest).map(([k, v]) => `${k} ${value(v)}`)
      const pages = bits === undefined ? [] : [`dirty pages ${printPages(ofRuns(bits))}`]
      const all = [...pages, ...told].join(', ')
      return `${all === '' ? 'success' : all}${generation(g)}`
    }
  }
}
