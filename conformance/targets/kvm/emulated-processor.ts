/** Set for programs that run on a processor which is itself emulated: what it does by itself is the emulator's, not silicon's. */
export const EMULATED_PROCESSOR = 'MEMSLOT_EMULATED_PROCESSOR'

export const isProcessorEmulated = (): boolean => process.env[EMULATED_PROCESSOR] !== undefined
