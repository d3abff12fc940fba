import { expect, it } from 'vitest'
import { implTarget } from '../../targets/impl.js'
import { runPrograms } from './run.js'

it('a run whose time is over before it begins asks one program all the same, and has it judged', async () => {
  const { plays, histories } = await runPrograms({ target: implTarget, seconds: 0, seed: 1 })
  expect(plays.filter(({ turns }) => Object.values(turns).some(n => n > 0))).toHaveLength(1)
  expect(histories.episodes).toBe(1)
})
