export { maxBytesFor, type RadixDirectoryHandle } from './arena.js'
export { RadixDirectory, type RadixDirectoryOptions } from './directory.js'
