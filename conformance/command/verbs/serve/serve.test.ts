import { describe, expect, it } from 'vitest'
import { hasKvm } from '../../../targets/kvm/there.fixture.js'
import { memslot } from '../../captured.js'

const REQUESTS = `${['{"do":"hello","protocol":1}', '{"do":"open","config":{}}'].join('\n')}\n`

describe('memslot serve', () => {
  it.each(['impl', 'spec', ...(hasKvm ? ['kvm'] : [])])(
    'speaks the protocol for %s until the input ends',
    async name => {
      const { out, status } = await memslot(['serve', name], REQUESTS)
      const [hello = '', opened] = out.split('\n')
      expect(JSON.parse(hello)).toMatchObject({ name, protocol: 1 })
      expect([opened, status]).toEqual(['{"ok":true}', 0])
    },
  )
})
