import type { Reason } from '../../spec/rewrite/index.js'
import { counted, nounFor } from '../../spec/terms/counted.js'
import type { Deviation, RuleRefuted } from './deviation.js'
import { printOperation, printResult, printSeen, printValues } from './print.js'
import type { Verdict } from './verdict.js'

/** Rules refuted by name unless all are asked for; the others are only counted. */
const RULES_SHOWN = 4

/** How a verdict is shown. */
export interface RenderOptions {
  /** The trace's file, named before each line number; `trace` without it. */
  readonly file?: string
  /** Show every rule of the family, not only the nearest four and those that apply. */
  readonly full?: boolean
  /** The command that judges it again, printed under each deviation. */
  readonly again?: string
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

const renderReason = ({ premise, says, values, mustFail }: Reason): string => {
  const shown = Object.keys(values).length === 0 ? '' : ` (${printValues(values)})`
  return `needs ${mustFail === true ? 'not ' : ''}${premise}, but ${says}${shown}`
}

const renderRule = (r: RuleRefuted): string => `    ${r.rule} ${renderReason(r.reason)}`

/**
 * One deviation as text: what was seen, what is allowed, which premise refutes each rule, what would change. No final
 * newline.
 */
export const renderDeviation = (deviation: Deviation, options: RenderOptions = {}): string => {
  const { line, operation, seen, chosen, allowed, refuted, differences, cites } = deviation
  // The nearest, and in any case those that apply: what they give is what was allowed.
  const shown = refuted.filter((r, i) => options.full === true || i < RULES_SHOWN || r.failing === 0)
  const rest = refuted.length - shown.length
  const indent = (lines: readonly string[]) => lines.map(text => `    ${text}`)
  return [
    `${options.file ?? 'trace'}${line === null ? '' : `:${line}`}: unexpected answer to ${printOperation(operation)}`,
    `  seen              ${printSeen(seen)}`,
    ...(chosen === null ? [] : [`  recorded choice   ${chosen}`]),
    `  allowed are only  ${unique(allowed.map(printResult)).join('; or ')}`,
    '  refuted',
    ...shown.map(renderRule),
    ...(rest > 0 ? [`    … and ${rest} more ${nounFor(rest, 'rule')} of the family (--full)`] : []),
    '  before → seen',
    ...indent(differences.beforeToSeen),
    '  seen → nearest allowed',
    ...indent(differences.seenToAllowed),
    '  before → allowed',
    ...indent(differences.beforeToAllowed),
    `  see               ${unique(cites.map(c => `${c.source}, ${c.at}`)).join('; ')}`,
    ...(options.again === undefined ? [] : [`  again             ${options.again}`]),
  ].join('\n')
}

/** A verdict as text: every deviation, every remark, and a line that sums up. No final newline. */
export const renderVerdict = (verdict: Verdict, options: RenderOptions = {}): string => {
  const { is, calls, deviations, remarks } = verdict
  const summary = `${is}: ${counted(calls, 'operation')}, ${counted(deviations.length, 'deviation')}`
  return [
    ...deviations.map(d => `${renderDeviation(d, options)}\n`),
    ...remarks.map(r => `note: ${r}`),
    summary,
  ].join('\n')
}
