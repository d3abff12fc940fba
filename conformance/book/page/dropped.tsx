import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Story } from '../explorer/picture.js'
import { MAX_LINK, writePacked } from '../explorer/trace-link.js'
import { packedText } from './packed.js'
import { StoryView } from './story-view.js'
import { type Move, useKeys } from './use-keys.js'

/** A file that was dropped, or the trace of a link. */
export interface Given {
  readonly story: Story
  readonly text: string
  /** The text as the link has it; null where it came by no link, or by one that has it as it is. */
  readonly packed: string | null
  /** The moment that is shown first. */
  readonly at: number
  /** The rule that it is to show. */
  readonly rule: string | null
}

/** Its story. The address is a link to it, where it is short enough for one. */
export const Dropped = ({ given }: { readonly given: Given }) => {
  const { story, text, rule } = given
  const [at, setAt] = useState(Math.min(given.at, story.length))
  const [packed, setPacked] = useState(given.packed)
  const [isLong, setLong] = useState(false)
  useKeys(
    story.length,
    useCallback((move: Move) => setAt(move), []),
  )
  useEffect(() => {
    if (given.packed !== null) return
    let stop = false
    const pack = async () => {
      const short = text.length > 100 * MAX_LINK ? null : await packedText(text)
      const fits = short !== null && short.length <= MAX_LINK
      if (stop) return
      setPacked(fits ? short : null)
      setLong(!fits)
    }
    void pack()
    return () => {
      stop = true
    }
  }, [text])
  useEffect(() => {
    if (packed !== null) history.replaceState(null, '', `#${writePacked(packed, at, rule)}`)
    else if (isLong) history.replaceState(null, '', location.href.replace(/#.*$/, ''))
  }, [packed, isLong, at])
  return (
    <>
      {isLong ? <p class="hint">It is too long for a link: pass the file on instead.</p> : ''}
      <StoryView story={story} at={at} go={setAt} choose={null} backTo={null} />
    </>
  )
}
