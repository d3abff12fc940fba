import { identity } from '../../../../spec/rewrite/index.js'
import type { Seen } from '../../../../spec/terms/result.js'

/** Whether two answers are the same in all that both implementations could observe. */
export const sameAnswer = (a: Seen, b: Seen): boolean => {
  if (a.is !== b.is) return false
  const [left, right]: Readonly<Record<string, unknown>>[] = [{ ...a }, { ...b }]
  return Object.entries(left ?? {}).every(([key, value]) => {
    const other = right?.[key]
    return value === undefined || other === undefined || identity(value) === identity(other)
  })
}
