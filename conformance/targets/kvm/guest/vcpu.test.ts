import { isLeft } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { u64 } from '../../../../spec/terms/numbers.js'
import { openDevice } from '../device.js'
import { sayUnavailable } from '../refusal.js'
import { openVm } from '../vm.js'
import { asModel, closeVcpus, createVcpu, prepareGuests } from './guest-vm.js'
import { giveKit, takeKit } from './kit.js'
import { linearOf, PAGE, STACK_TOP, STUB } from './layout.js'
import { guestAbilities } from './paths.js'
import { roomFor } from './room.js'
import { loadSystem, runFrom } from './vcpu.js'

const opened = await openDevice()
const device = isLeft(opened) ? null : opened.right
const guests = device === null ? null : guestAbilities(device)
const kit = device === null || guests === null ? null : takeKit(device)
const room = roomFor([])
const reason = isLeft(opened) ? sayUnavailable(opened.left) : kit === null ? 'no guest runs here' : null

describe.skipIf(reason !== null)(
  `a vCPU under a time limit${reason === null ? '' : ` — SKIPPED, there is no KVM here that runs guests: ${reason}`}`,
  () => {
    if (device === null || guests === null || kit === null || room === null) return
    const vm = openVm(device)
    const guest = prepareGuests(device, vm, kit, guests.cpuid, room)
    createVcpu(guest, 0)
    const [of] = guest.vcpus.values()
    if (of === undefined) throw new Error('the vCPU was just made')
    const vcpu = asModel(guest, of, { maxPhyAddr: 46, amd: false, gigabytePages: true })
    const linear = linearOf(room.rootIndex)
    const long = {
      cr0: u64(0x8001_0001),
      cr3: u64(room.stubGpa + BigInt(STUB.root * PAGE)),
      cr4: u64(0x20),
      efer: u64(0xd00),
      rflags: u64(2),
      cs: { base: u64(0), limit: 0xffff_ffff, d: false, l: true },
    }
    /** Runs bytes in the page of a user's code, for so long. */
    const run = (code: readonly number[], limitMs: number) => {
      const at = STUB.userCode * PAGE + 0x800
      kit.stub.set(code, at)
      loadSystem(device, vcpu, { ...long, cpl: 3 }, room)
      const registers = { rip: linear + BigInt(at), rsp: linear + BigInt(STACK_TOP), rflags: 0x3002n }
      const started = performance.now()
      return { exit: runFrom(device, vcpu, registers, limitMs), ms: performance.now() - started }
    }
    afterAll(() => {
      device.kernel.guests().interruptEvery(0)
      closeVcpus(guest)
      device.kernel.close(vm.fd)
      giveKit(device, kit)
    })

    it('that loops for ever never returns, and is found out when its time is over', () => {
      device.kernel.guests().interruptEvery(10)
      const { exit, ms } = run([0xeb, 0xfe], 60) // jmp to itself
      expect(exit).toEqual({ kind: 'never' })
      expect(ms).toBeGreaterThan(60)
    })

    it('that was interrupted before it left goes on, and leaves', () => {
      device.kernel.guests().interruptEvery(5)
      // mov ecx, 2^28; loop to itself; out 0x21, al
      const { exit } = run([0xb9, 0, 0, 0, 0x10, 0xe2, 0xfe, 0xe6, 0x21], 30_000)
      expect(exit).toEqual({ kind: 'port', port: 0x21, value: 0 })
    })
  },
)
