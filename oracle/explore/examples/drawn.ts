import { relation, rule } from '../../../spec/rewrite/index.js'
import type { System } from '../system.js'

/** A step drawn by hand: who takes it, from where, to where. */
export type Arrow = readonly [from: string, actor: number, to: string]

/** A system drawn as a graph, its states named by what stands at the end of its arrows. It begins at the first. */
export const drawn = (...arrows: readonly Arrow[]): System<{ readonly at: string }> => ({
  relation: relation('drawn', [
    rule<{ readonly at: string }>({
      id: 'drawn.arrow',
      kind: 'internal',
      says: 'An arrow is followed.',
      cites: [],
      match: {},
      when: [],
      choose: ({ at }) => arrows.filter(([from]) => from === at).map(([, actor, to]) => ({ actor, to })),
      rewrite: (_, { to }) => ({ at: to as string }),
    }),
  ]),
  initial: arrows.slice(0, 1).map(([at]) => ({ at })),
  encode: ({ at }) => at,
  decode: at => ({ at }),
  actor: ({ bindings }) => bindings.actor as number,
})
