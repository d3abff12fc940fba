import { describe, expect, it } from 'vitest'
import { printBits, printWhy } from './why.js'

describe('why a property is broken', () => {
  it('names bits by host page, as the steps before it do', () => {
    expect(printBits(0)).toBe('no bit')
    expect(printBits(0b1)).toBe('the bit of host page 0')
    expect(printBits(0b101)).toBe('the bits of host pages 0, 2')
    expect(printWhy('bitmap 0 is freed with bits 1 that nobody has read')).toBe(
      'bitmap 0 is freed with the bit of host page 0 that nobody has read',
    )
    expect(printWhy('bitmap 1 holds unread bits 110 and no slot has it')).toBe(
      'bitmap 1 holds the bits of host pages 1, 2, unread, and no slot has it',
    )
    expect(printWhy('bits 10 of completed writes are not in bitmap 0')).toBe(
      'bitmap 0 has not the bit of host page 1, to which a write completed',
    )
  })

  it('says vCPU, and fetches', () => {
    expect(printWhy('actor 0 waits and no actor can move')).toBe('vCPU 0 waits and no actor can move')
    expect(printWhy('vCPU 0 fetchs frame 0 as a hole')).toBe('vCPU 0 fetches frame 0 as a hole')
    expect(printWhy('vCPU 0 reads frame 0 as a hole')).toBe('vCPU 0 reads frame 0 as a hole')
  })
})
