import { describe, expect, it } from 'vitest'
import { programOf } from '../../../../oracle/wire/program.js'
import { implTarget } from '../../../targets/impl.js'
import { inProcess } from '../../../targets/in-process.js'
import { runAgain } from './run-again.js'

/** The implementation, which says that its VMs are of profile `linux`, whatever is asked for. */
const own = inProcess({ ...implTarget.now.hello, vm: { profile: 'linux', maxGfn: 99 } }, implTarget.now.open)
const never = new AbortController().signal
const run = (config: object) => runAgain(own, programOf([{ op: 'lookup', as: 0, gfn: 0 }], config), never)

describe('a trace that is run again', () => {
  it('is not run where a target’s VMs are not what its header says, and the fields are named', async () => {
    const { records, trouble } = await run({ profile: 'batch', maxGfn: 5 })
    expect(records).toEqual([])
    expect(trouble).toEqual({
      kind: 'unfit',
      because:
        'the header cannot be honoured: its VMs have profile linux, and not batch; maxGfn 99, and not 5',
    })
  })

  it('is run where they are that anyway, and what the header leaves open is as they are', async () => {
    const { config, records, trouble } = await run({ maxGfn: 99 })
    expect([config, records.length, trouble]).toEqual([{ profile: 'linux', maxGfn: 99 }, 2, null])
  })
})
