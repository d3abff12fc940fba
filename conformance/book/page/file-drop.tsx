import { useEffect, useState } from 'preact/hooks'

/** Takes a file that is dropped anywhere on the page, or chosen. */
export const FileDrop = ({ open }: { readonly open: (file: File) => Promise<void> | void }) => {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const drag = (event: DragEvent) => {
      event.preventDefault()
      setOver(event.type === 'dragover')
    }
    const drop = (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      const file = event.dataTransfer?.files[0]
      if (file !== undefined) void open(file)
    }
    addEventListener('dragover', drag)
    addEventListener('dragleave', drag)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', drag)
      removeEventListener('dragleave', drag)
      removeEventListener('drop', drop)
    }
  }, [open])
  return (
    <p class={over ? 'drop over' : 'drop'}>
      <label>
        Drop a trace (.ndjson) or a recording of your VMM (strace, QEMU trace) here, or choose one:{' '}
        <input
          type="file"
          onChange={event => {
            const file = event.currentTarget.files?.[0]
            if (file !== undefined) void open(file)
          }}
        />
      </label>
    </p>
  )
}
