import { allowanceOf } from '../cases/allowed.js'
import type { Draft } from '../cases/draft/calls.js'
import { configFor } from '../targets/own-config.js'
import type { Hello } from '../targets/target.js'

/** A case as a target was asked it: by which rules the specification answers it there is found when it is wanted. */
export const askedOf = (
  hello: Pick<Hello, 'vm'>,
  { id, config, ops }: Omit<Draft, 'says'>,
): { readonly id: string; readonly rules: () => readonly string[] } => ({
  id,
  rules: () => allowanceOf(configFor(hello, config), ops).rules,
})
