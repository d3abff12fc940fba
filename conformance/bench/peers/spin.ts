import type { World } from '../../../spec/terms/steps/world.js'
import { ask, type Counted, missingOf, type Peer, told, withModel } from './peer.js'
import { promelaWorld } from './promela-world.js'

const MODEL = 'memslots.pml'
/** Full states, no reduction; a state without a step is no error. Deeper than any run is. */
const COMPILED = ['-w', '-DNOREDUCE', '-DSAFETY', '-o', 'pan', 'pan.c']
const SEARCH = ['-E', '-m10000', '-w17']
const OFTEN = 5

const compiled = <A>(world: World, effort: '-O0' | '-O2', act: (place: string) => A): A =>
  withModel(MODEL, 'world.pml', promelaWorld(world), place => {
    // -o2: what is written and never read is part of the state all the same.
    ask(place, 'spin', '-o2', '-a', MODEL)
    ask(place, 'gcc', effort, ...COMPILED)
    return act(place)
  })

const counted = (said: string): Counted => {
  const errors = told('spin', said, /errors: (\d+)/)
  if (errors > 0 || said.includes('max search depth too small')) throw new Error(`spin: ${said}`)
  return {
    states: told('spin', said, /(\d+) states, stored/),
    // Arriving at the first state counts as a transition there.
    transitions: told('spin', said, /(\d+) transitions/) - 1,
  }
}

/** SPIN keeps every state in full and takes every step: nothing is reduced and nothing is hashed away. */
export const spin: Peer = {
  name: 'spin',
  missing: () => missingOf(['spin', 'gcc'], MODEL),
  count: world => compiled(world, '-O0', place => counted(ask(place, './pan', ...SEARCH))),
  // What it prints is rounded to hundredths, so the shell takes the time, of several runs.
  seconds: world =>
    compiled(world, '-O2', place => {
      const runs = `for i in $(seq ${OFTEN}); do ./pan ${SEARCH.join(' ')} >/dev/null; done`
      const said = ask(place, 'bash', '-c', `TIMEFORMAT='%3U %3S'; { time { ${runs}; }; } 2>&1`)
      return (told('bash', said, /^([\d.]+) /m) + told('bash', said, / ([\d.]+)$/m)) / OFTEN
    }),
}
