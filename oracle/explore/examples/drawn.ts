import { relation, rule } from '../../../spec/rewrite/index.js'
import type { System } from '../system.js'

/** A step written by hand: from a state, by an actor, to a state. */
export type Arrow = readonly [from: string, actor: number, to: string]

/** A system given as a graph, its states named by the ends of its arrows. It starts where the first arrow does. */
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
