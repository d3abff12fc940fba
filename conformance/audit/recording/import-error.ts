/** Why a file could not be read as a recording: what stands in it, and what was expected there. */
export interface ImportError {
  readonly kind: 'import'
  /** The name the caller gave, `-` for standard input. */
  readonly file: string
  /** The 1-based line the error is about; null where it is about the whole file. */
  readonly line: number | null
  readonly found: string
  readonly expected: string
}

/** One line for a terminal: `file:line: found …, expected …`. */
export const showImportError = (error: ImportError): string =>
  `${error.file}${error.line === null ? '' : `:${error.line}`}: found ${error.found}, expected ${error.expected}`
