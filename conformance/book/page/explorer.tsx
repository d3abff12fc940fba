import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Link, type LinkedRun, readLink, situationOf, writeLink } from '../explorer/link.js'
import { openFile } from '../explorer/open-file.js'
import { type StepStory, stepStory } from '../explorer/step-story.js'
import { traceInLink } from '../explorer/trace-link.js'
import { Dropped, type Given } from './dropped.js'
import { FileDrop } from './file-drop.js'
import { unpacked } from './packed.js'
import { SaveTrace } from './save-trace.js'
import { ScenarioForm } from './scenario-form.js'
import { StoryView } from './story-view.js'
import { textOfFile } from './text-of-file.js'
import { type Move, useKeys } from './use-keys.js'

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

/** What the link itself holds: null where it holds no trace. Left: why that is none. */
const givenInPage = async (hash: string): Promise<Either<string, Given> | null> => {
  const found = traceInLink(hash)
  if (found === null) return null
  const { at, rule } = found
  const text = found.packed === null ? right(found.text ?? '') : await unpacked(found.packed)
  if (isLeft(text)) return text
  const story = openFile(text.right, rule === null ? 'the trace of this link' : `a run that uses ${rule}`)
  return isLeft(story)
    ? story
    : right({ story: story.right, text: text.right, packed: found.packed, at, rule })
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
  const [file, setFile] = useState<Given | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  // While the trace of a link is unpacked nothing else is shown in its place.
  const [opening, setOpening] = useState(() => traceInLink(location.hash) !== null)
  const take = async () => {
    const { hash } = location
    setFile(null)
    setOpening(traceInLink(hash) !== null)
    const given = await givenInPage(hash)
    // Another link may have been followed meanwhile.
    if (location.hash !== hash) return
    setOpening(false)
    setFile(given === null || isLeft(given) ? null : given.right)
    setFault(given !== null && isLeft(given) ? given.left : null)
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
      void take()
      const now = linkFromPage()
      opened.current = now.link
      setState(now)
    }
    void take()
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
    setFile({ story: story.right, text: isLeft(text) ? '' : text.right, packed: null, at: 0, rule: null })
  }
  const close = () => {
    setFile(null)
    history.replaceState(null, '', `#${writeLink(link)}`)
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
      {opening ? (
        <p>Opening the trace of this link …</p>
      ) : file === null ? (
        <>
          <ScenarioForm link={link} setLink={setLink} />
          <Steps link={link} setLink={setLink} />
        </>
      ) : (
        <>
          <p>
            <button type="button" onClick={close}>
              Close {file.story.title}
            </button>
          </p>
          <Dropped given={file} key={`${file.story.title} ${file.rule} ${file.text.length}`} />
        </>
      )}
    </div>
  )
}
