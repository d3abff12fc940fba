import { type Either, isRight, mapLeft } from 'fp-ts/lib/Either.js'
import { FORMAT } from '../../../oracle/wire/record.js'
import { printable } from '../../reports/printable.js'
import type { Story } from './picture.js'
import { recordingStory } from './recording-story.js'
import { traceStory } from './trace-story.js'

/** Bytes of a dropped file: a page tells a story, `memslot check` and `memslot audit` take files of any size. */
export const MAX_BYTES = 32 << 20

/** The story of a dropped file: a trace where its first line is a trace's header, else a recording of a VMM. */
export const openFile = (text: string, name: string): Either<string, Story> =>
  mapLeft(printable)(storyOf(text, printable(name)))

const storyOf = (text: string, name: string): Either<string, Story> => {
  const isTrace = text.slice(0, 4096).split('\n', 1)[0]?.includes(FORMAT) === true
  if (isTrace) return traceStory(text, name)
  const recording = recordingStory(text, name)
  return isRight(recording) || !text.trimStart().startsWith('{') ? recording : traceStory(text, name)
}
