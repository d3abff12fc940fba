/** How a linear address is translated: not at all, or by which of the processor's paging modes. */
export type Paging = 'none' | '32-bit' | 'pae' | '4-level' | '5-level'
/** What code a processor runs. */
export type Mode = 'real' | 'virtual-8086' | '16-bit' | '32-bit' | 'compatibility' | '64-bit'
/** What a translation is for. */
export type Use = 'read' | 'write' | 'fetch'
