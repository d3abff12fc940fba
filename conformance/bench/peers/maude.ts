import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../../../spec/terms/steps/world.js'
import { maudeWorld } from './maude-world.js'
import { ask, missingOf, type Peer, told, withModel } from './peer.js'

const MODEL = 'memslots.maude'

/** The rewrites of each rule, as the profile prints them; for a rule with a condition it prints the matches first. */
const REWRITES_OF_RULES = /^c?rl [\s\S]*?\brewrites: (\d+) \(/gm

const search = (world: World, profiled: boolean): string =>
  withModel(MODEL, 'world.maude', maudeWorld(world), place => {
    const { accesses, harvests } = world
    const commands = [
      `load ${MODEL}`,
      ...(profiled ? ['set profile on .'] : []),
      `search initial(${accesses}, ${harvests}) =>* M:Machine such that false .`,
      ...(profiled ? ['show profile .'] : []),
      'quit',
      '',
    ]
    writeFileSync(join(place, 'ask.maude'), commands.join('\n'))
    return ask(place, 'maude', '-no-banner', '-no-wrap', 'ask.maude')
  })

/**
 * Searches for a state that does not exist, so that every state is seen. Each state is rewritten once in every way there is, so the
 * rewrites by rules are the transitions.
 */
export const maude: Peer = {
  name: 'maude',
  missing: () => missingOf(['maude'], MODEL),
  count: world => {
    const said = search(world, true)
    const transitions = [...said.matchAll(REWRITES_OF_RULES)].reduce((sum, [, n]) => sum + Number(n), 0)
    return { states: told('maude', said, /^states: (\d+)/m), transitions }
  },
  seconds: world => told('maude', search(world, false), /^states: .* in (\d+)ms cpu/m) / 1000,
}
