import { describe, expect, it } from 'vitest'
import type { Config } from '../../../oracle/wire/config.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { ddmin } from './ddmin.js'
import { renamed, valuesOf } from './fields.js'
import { reduce } from './reduce.js'
import { smallerWorlds } from './squeeze.js'

const set = (id: number, base: number, npages: number, host = 0x1000): SetCall => ({
  op: 'set',
  as: 0,
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(host),
  flags: 0,
})

describe('delta debugging', () => {
  const keeping = (needed: readonly number[]) => async (items: readonly number[]) =>
    needed.every(n => items.includes(n)) ? items : null

  it('leaves exactly what is needed, wherever it stands', async () => {
    const items = Array.from({ length: 40 }, (_, i) => i)
    for (const needed of [[], [0], [39], [3, 17, 31], [0, 1, 2, 3]])
      expect(await ddmin(items, keeping(needed))).toEqual(needed)
  })
})

describe('the numbers of operations', () => {
  it('are renamed wherever they mean the same', () => {
    const ops: readonly Operation[] = [set(5, 0, 1), { op: 'get-dirty', as: 0, id: 5 }]
    expect(valuesOf(ops, 'id')).toEqual([5n, 5n])
    expect(renamed(ops, (role, value) => (role === 'id' ? 1n : value))).toEqual([
      set(1, 0, 1),
      { op: 'get-dirty', as: 0, id: 1 },
    ])
  })
})

describe('a smaller world of the same shape', () => {
  it('keeps regions that touch touching', () => {
    for (const ops of smallerWorlds([set(0, 10, 4), set(1, 14, 4)])) {
      const [a, b] = ops as readonly SetCall[]
      if (a?.size === 0n || b?.size === 0n) continue
      expect((a?.gpa ?? 0n) + (a?.size ?? 0n)).toBe(b?.gpa)
    }
  })
})

describe('the reduction of a failure', () => {
  const overlaps = async ({ ops }: { readonly ops: readonly Operation[] }) => {
    const sets = ops.filter((o): o is SetCall => o.op === 'set')
    const at = ops.findIndex(
      (o, i) =>
        o.op === 'set' &&
        sets.some(
          p => ops.indexOf(p) < i && p.id !== o.id && p.gpa < o.gpa + o.size && o.gpa < p.gpa + p.size,
        ),
    )
    return at < 0 ? null : at
  }

  it('ends with the fewest operations and the plainest numbers, and says that it is minimal', async () => {
    const ops: readonly Operation[] = [
      { op: 'create-vcpu', vcpu: 2 },
      set(5, 40, 8),
      { op: 'get-dirty', as: 0, id: 5 },
      { ...set(3, 44, 16, 0x123456), flags: 1, caller: 'stranger' },
      { op: 'poke', hva: u64(0), data: '00' },
    ]
    const result = await reduce({ config: {}, ops }, overlaps, { config: 'fixed', spent: () => false })
    expect(result).toEqual({ config: {}, ops: [set(0, 0, 1, 0), set(1, 0, 1, 0)], minimal: true })
  })

  it('drops no parameter without which the others name no VM that can be', async () => {
    const tried: Config[] = []
    const fails = async ({ config }: { readonly config: Config }) => {
      tried.push(config)
      return config.internalIds === undefined ? null : 0
    }
    const config: Config = { slotLimit: 4, internalIds: [4, 6], spaces: 3 }
    const ops = [set(0, 0, 1, 0)]
    const result = await reduce({ config, ops }, fails, { config: 'free', spent: () => false })
    expect(result.config).toEqual({ slotLimit: 4, internalIds: [4, 6] })
    expect(
      tried.filter(({ internalIds, slotLimit }) => internalIds !== undefined && slotLimit === undefined),
    ).toEqual([])
  })

  it('stops where its effort is spent, and does not claim to be minimal', async () => {
    const ops = [set(1, 0, 2), set(2, 5, 1), set(3, 1, 2)]
    const result = await reduce({ config: {}, ops }, overlaps, { config: 'fixed', spent: () => true })
    expect(result).toEqual({ config: {}, ops, minimal: false })
  })
})
