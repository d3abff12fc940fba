import type { Rule } from '../../spec/rewrite/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { defaultParameters } from '../../spec/terms/parameters.js'

/** The text of a function, on as few lines as it has. */
const sourceOf = (rewrite: (...args: never[]) => unknown): string =>
  rewrite
    .toString()
    .replace(/\n\s*/g, ' ')
    // As it was compiled: what is imported is called through its module.
    .replace(/\(0, ?\w+\.(\w+)\)/g, '$1')
    .trim()

/** Rewrites that only end a call, whatever the cells, and have from around them how it ends. */
const ONLY_ENDS =
  /^(\(cells(?:, \{ index \})?\)|cells) => (refuse\(cells, errno(?:, \w+)?\)|answer\(cells, ended\(how, null, errno\)\))$/

/** The names that such a rewrite has from around it, with the values that its answer has. */
const closedOver = (rewrite: (cells: Cells, bindings: never) => Cells): Readonly<Record<string, unknown>> => {
  const { returned } = rewrite(initialMachine(defaultParameters), { index: 0 } as never)
  if (returned?.is === 'error') return { errno: returned.errno, NO_ENTRY: returned.index }
  return returned?.is === 'access' ? { how: returned.end, errno: returned.errno } : {}
}

/** The late refusals of a call, whose errno may depend on the parameters. */
const LATE = /typeof errno === (?:'string'|"string") \? errno : errno\(cells\)/

const NOTHING_ASKED = { op: 'set', as: 0, id: 0, gpa: 0n, size: 0n, hva: 0n, flags: 0 }

/** The errnos of a late refusal, of every architecture. It looks at the slots of a call that changes some, and this one changes none. */
const lateErrnos = (rewrite: (cells: Cells, bindings: never) => Cells): string =>
  [
    ...new Set(
      (['EINVAL', 'EFAULT'] as const).map(beyondMaxGfn => {
        const machine = initialMachine({ ...defaultParameters, beyondMaxGfn })
        const { returned } = rewrite({ ...machine, call: NOTHING_ASKED as never }, {} as never)
        return returned?.is === 'error' ? `'${returned.errno}'` : 'errno'
      }),
    ),
  ].join(' | ')

/**
 * A rewrite as its source has it. Many refusals are made by one function, and their source says `errno`: here stands which.
 */
export const rewriteText = <C>(rule: Pick<Rule<C>, 'rewrite'>): string => {
  const text = sourceOf(rule.rewrite)
  if (LATE.test(text)) return text.replace(LATE, lateErrnos(rule.rewrite as never))
  if (!ONLY_ENDS.test(text)) return text
  // It looks at no cells, so any do.
  return Object.entries(closedOver(rule.rewrite as never)).reduce(
    (so, [name, value]) =>
      so.replace(new RegExp(`\\b${name}\\b`), typeof value === 'string' ? `'${value}'` : String(value)),
    text,
  )
}
