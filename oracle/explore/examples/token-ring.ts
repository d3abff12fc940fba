import { type Bindings, relation, rule } from '../../../spec/rewrite/index.js'
import type { LivenessProperty, SafetyProperty, System } from '../system.js'

/** The station that has the token, whether it is in the critical section, and which stations want to enter. */
export interface Ring {
  readonly token: number
  readonly inside: boolean
  readonly wants: readonly boolean[]
}

const about = { kind: 'internal', cites: [], match: {}, when: [] } as const
const holder = ({ token }: Ring): readonly Bindings[] => [{ who: token }]

const rules = [
  rule<Ring>({
    ...about,
    id: 'ring.want',
    says: 'A station outside begins to want the critical section.',
    choose: ({ token, inside, wants }) =>
      wants.flatMap((w, i) => (w || (inside && i === token) ? [] : [{ who: i }])),
    rewrite: (ring, { who }) => ({ ...ring, wants: ring.wants.map((w, i) => w || i === who) }),
  }),
  rule<Ring>({
    ...about,
    id: 'ring.enter',
    says: 'With the token, a station that wants enters.',
    choose: ring => (!ring.inside && ring.wants[ring.token] === true ? holder(ring) : []),
    rewrite: ({ token, wants }) => ({ token, inside: true, wants: wants.map((w, i) => w && i !== token) }),
  }),
  rule<Ring>({
    ...about,
    id: 'ring.leave',
    says: 'A station leaves and passes the token on.',
    choose: ring => (ring.inside ? holder(ring) : []),
    rewrite: ({ token, wants }) => ({ token: (token + 1) % wants.length, inside: false, wants }),
  }),
  rule<Ring>({
    ...about,
    id: 'ring.pass',
    says: 'With the token, a station that does not want passes it on.',
    choose: ring => (!ring.inside && ring.wants[ring.token] === false ? holder(ring) : []),
    rewrite: ({ token, inside, wants }) => ({ token: (token + 1) % wants.length, inside, wants }),
  }),
]

/**
 * Stations in a ring with one token. The holder idles, wants or is inside, the others idle or want: n·3·2ⁿ⁻¹ states.
 */
export const tokenRing = (n: number): System<Ring> => ({
  relation: relation('token ring', rules),
  initial: [{ token: 0, inside: false, wants: Array<boolean>(n).fill(false) }],
  encode: ({ token, inside, wants }) => `${token}${inside ? '!' : '.'}${wants.map(Number).join('')}`,
  actor: ({ bindings }) => bindings.who as number,
})

/** The same, but a station keeps the token when it leaves: it may enter again and again. */
export const selfishRing = (n: number): System<Ring> => ({
  ...tokenRing(n),
  relation: relation(
    'selfish ring',
    rules.map(r => (r.id === 'ring.leave' ? { ...r, rewrite: ring => ({ ...ring, inside: false }) } : r)),
  ),
})

export const holderOnly: SafetyProperty<Ring> = {
  name: 'holder-does-not-want-inside',
  violated: ({ token, inside, wants }) =>
    inside && wants[token] === true ? `station ${token} is inside and wants in` : null,
}

export const wantingEnds: LivenessProperty<Ring> = {
  name: 'wanting-ends',
  pending: ({ wants }) => wants.flatMap((w, i) => (w ? [i] : [])),
}
