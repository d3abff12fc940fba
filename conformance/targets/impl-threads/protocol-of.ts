import * as protocol from '../../../impl/update/protocol.js'

const { awaitPendingTurns, block, drainOwed, edit, publish, drain, settle, replay, finish, PROTOCOL } =
  protocol

const STEPS: Readonly<Record<string, protocol.Step>> = {
  ...{ awaitPendingTurns, block, drainOwed, edit, publish, drain, settle, replay, finish },
}

/** The steps of an update, which a message can carry by their names alone. @throws Error for a name that is none */
export const protocolOf = (names: readonly string[] | null): protocol.Protocol =>
  names === null
    ? PROTOCOL
    : names.map(name => {
        const step = STEPS[name]
        if (step === undefined) throw new Error(`there is no step ${name}`) // the names come from a test
        return step
      })
