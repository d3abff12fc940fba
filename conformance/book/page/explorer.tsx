import { isLeft } from 'fp-ts/lib/Either.js'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Link, type LinkedRun, readLink, situationOf, writeLink } from '../explorer/link.js'
import { openFile, traceInLink } from '../explorer/open-file.js'
import type { Story } from '../explorer/picture.js'
import { type StepStory, stepStory } from '../explorer/step-story.js'
import { FileDrop } from './file-drop.js'
import { SaveTrace } from './save-trace.js'
import { ScenarioForm } from './scenario-form.js'
import { StoryView } from './story-view.js'
import { textOfFile } from './text-of-file.js'

const FIRST: Link = {
  scenario: '1:0+2@0 log -> 1:0+1@0 log, 2:1+1@1 log',
  frames: 2,
  company: 'alone',
  run: { design: 'sequential', choices: [], cycle: 0 },
  beside: null,
  at: 0,
}

/** A story with the moment that is shown of it. */
interface Shown {
  readonly run: LinkedRun
  readonly story: StepStory
}

const shownOf = (link: Link, run: LinkedRun): Shown | string => {
  const situation = situationOf(link, run)
  const story = situation === null ? null : stepStory(situation, run.choices, run.cycle)
  return story === null ? `${run.design} has no plan for this update.` : { run, story }
}

interface StepsProps {
  readonly link: Link
  readonly setLink: (link: Link) => void
}

/** One design or two, on one update. */
const Steps = ({ link, setLink }: StepsProps) => {
  const runs = [link.run, ...(link.beside === null ? [] : [link.beside])]
  const shown = useMemo(
    () => runs.map(run => shownOf(link, run)),
    [link.scenario, link.frames, link.company, link.run, link.beside],
  )
  const change = (i: number, run: LinkedRun, at: number) =>
    setLink(i === 0 ? { ...link, run, at } : { ...link, beside: run, at })
  return (
    <div class={`stories count-${runs.length}`}>
      {shown.map((one, i) => {
        if (typeof one === 'string')
          return (
            <p class="wrong" key={runs[i]?.design}>
              {one}
            </p>
          )
        const at = Math.min(link.at, one.story.length)
        return (
          <div key={`${i} ${one.run.design}`}>
            <StoryView
              story={one.story}
              at={at}
              backTo={one.story.backTo}
              go={to => setLink({ ...link, at: to })}
              choose={way =>
                change(
                  i,
                  { design: one.run.design, choices: [...one.story.choices.slice(0, at), way], cycle: 0 },
                  at + 1,
                )
              }
            />
            <SaveTrace story={one.story} />
          </div>
        )
      })}
    </div>
  )
}

/** A file that was dropped. */
const Dropped = ({ story }: { readonly story: Story }) => {
  const [at, setAt] = useState(0)
  useKeys(story.length, setAt)
  return <StoryView story={story} at={at} go={setAt} choose={null} backTo={null} />
}

type Move = (at: number) => number

/** Where a key leads from a moment; null for a key that leads nowhere. */
const moveOf = (key: string, length: number): Move | null => {
  switch (key) {
    case 'ArrowRight':
      return at => Math.min(length, at + 1)
    case 'ArrowLeft':
      return at => Math.max(0, at - 1)
    case 'Home':
      return () => 0
    case 'End':
      return () => length
    default:
      return null
  }
}

/** Arrow keys, Home and End go through the moments, but not where something is being typed or chosen. */
const useKeys = (length: number, go: (move: Move) => void): void => {
  // Before the page is drawn: a key that follows at once is heard.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target, key } = event
      if (target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return
      const move = moveOf(key, length)
      if (move === null || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      go(move)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [go, length])
}

/** The story of a trace that the link itself holds; null where it holds none. */
const storyFromPage = () => {
  const trace = traceInLink(location.hash)
  return trace === null ? null : openFile(trace, 'the trace of this link')
}

const linkFromPage = (): { readonly link: Link; readonly wrong: string | null } => {
  if (location.hash.length < 2 || traceInLink(location.hash) !== null) return { link: FIRST, wrong: null }
  const read = readLink(location.hash)
  return isLeft(read)
    ? { link: FIRST, wrong: `This link cannot be followed: ${read.left}.` }
    : { link: read.right, wrong: null }
}

const nowhere = () => {}

/** The explorer: a scenario step by step, or the story of a file. */
export const Explorer = () => {
  const [{ link, wrong }, setState] = useState(linkFromPage)
  const [file, setFile] = useState<Story | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const take = () => {
    const story = storyFromPage()
    setFile(story === null || isLeft(story) ? null : story.right)
    setFault(story !== null && isLeft(story) ? story.left : null)
  }
  const setLink = (next: Link) => setState({ link: next, wrong: null })
  const moveTo = useCallback(
    // Of the state there is by then: keys may come faster than the page is drawn.
    (move: Move) => setState(now => ({ link: { ...now.link, at: move(now.link.at) }, wrong: null })),
    [],
  )
  // The address follows what is shown, but for the page as it was opened.
  const opened = useRef(link)
  useEffect(() => {
    if (link !== opened.current) history.replaceState(null, '', `#${writeLink(link)}`)
  }, [link])
  useEffect(() => {
    const follow = () => {
      take()
      const now = linkFromPage()
      opened.current = now.link
      setState(now)
    }
    take()
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const longest = Math.max(link.run.choices.length, link.beside?.choices.length ?? 0)
  useKeys(file === null ? longest : 0, file === null ? moveTo : nowhere)

  const open = async (dropped: File) => {
    setFault(null)
    const text = await textOfFile(dropped)
    const story = isLeft(text) ? text : openFile(text.right, dropped.name)
    if (isLeft(story)) return setFault(story.left)
    setFile(story.right)
  }

  return (
    <div>
      <FileDrop open={open} />
      {fault === null ? (
        ''
      ) : (
        <p class="wrong" role="alert">
          {fault}
        </p>
      )}
      {wrong === null ? (
        ''
      ) : (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {file === null ? (
        <>
          <ScenarioForm link={link} setLink={setLink} />
          <Steps link={link} setLink={setLink} />
        </>
      ) : (
        <>
          <p>
            <button type="button" onClick={() => setFile(null)}>
              Close {file.title}
            </button>
          </p>
          <Dropped story={file} key={file.title} />
        </>
      )}
    </div>
  )
}
