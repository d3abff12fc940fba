import type { Micro } from '../terms/steps/script.js'
import type { Held, StepSet, StepSlot } from '../terms/steps/slots.js'
import type { Plan, Update } from './design.js'

const STATES = { I: 'invalid', D: 'disabled' } as const
const LETTERS = { live: '', invalid: ' I', disabled: ' D' } as const

/** A slot as tests write it: `1 0+2@4 L0 R` is id 1, two frames from 0, at host page 4, logged in bitmap 0, read-only. */
export const readSlot = (text: string): StepSlot => {
  const [id = '', place = '', ...flags] = text.trim().split(' ')
  const [base = 0, npages = 0, hva = 0] = place.split(/[+@]/).map(Number)
  const log = flags.find(f => f.startsWith('L'))
  const state = flags.find((f): f is 'I' | 'D' => f === 'I' || f === 'D')
  return {
    id: Number(id),
    base,
    npages,
    hva,
    ro: flags.includes('R'),
    log: log === undefined ? -1 : Number(log.slice(1)),
    state: state === undefined ? 'live' : STATES[state],
  }
}

/** Slots separated by semicolons. */
export const readSlots = (text: string): readonly StepSlot[] =>
  text.trim() === '' ? [] : text.split(';').map(readSlot)

/** An update, of two frames where no number is given, as tests write it. */
export const readUpdate = (before: string, after: string, frames = 2): Update => {
  const slots = readSlots(before)
  return {
    before: slots,
    after: readSlots(after),
    frames,
    nextLog: Math.max(-1, ...slots.map(s => s.log)) + 1,
  }
}

const writeSlot = ({ id, base, npages, hva, ro, log, state }: StepSlot): string =>
  `${id} ${base}+${npages}@${hva}${log < 0 ? '' : ` L${log}`}${ro ? ' R' : ''}${LETTERS[state]}`

const writeHeld = (held: Held): string =>
  held.kind === 'gate' ? 'gate shut' : `faults retried ${held.frames.join(',')}`

const writeSet = ({ slots, blocked, noWrites, held }: StepSet): string =>
  [
    slots.map(writeSlot).join('; '),
    ...(blocked.length > 0 ? [`blocked ${blocked.join(',')}`] : []),
    ...(noWrites.length > 0 ? [`no writes ${noWrites.join(',')}`] : []),
    ...(held === undefined ? [] : [writeHeld(held)]),
  ].join(' | ')

/** A micro-step in a line. */
export const writeMicro = (micro: Micro): string => {
  switch (micro.kind) {
    case 'may-fail':
    case 'goto':
      return `${micro.kind} ${micro.to}`
    case 'publish':
    case 'replay':
      return `${micro.kind} ${writeSet(micro.set)}`.trim()
    case 'revoke':
      return `${micro.zap === true ? 'zap' : 'revoke'} ${micro.writes ? 'writes ' : ''}${micro.frames.join(',')}`
    case 'hold':
      return micro.held === null ? 'go on' : writeHeld(micro.held)
    case 'carry':
      return `carry ${micro.carries.map(c => `${c.from}.${c.page}>${c.to}.${c.at}`).join(' ')}`
    case 'retire':
      return `retire ${micro.log} ${micro.pages.join(',')}`.trim()
    case 'free':
    case 'get-log':
      return `${micro.kind} ${micro.log}`
    default:
      return micro.kind
  }
}

/** A plan's script, each step in a line; `-> ` marks where it begins. */
export const writePlan = ({ script, start }: Plan): readonly string[] =>
  script.map((micro, i) => `${i === start ? '-> ' : ''}${writeMicro(micro)}`)
