/** How people mark that they left lines out, and `grep -C` does: `...`, `[…]`, `<snip>`, `--`, `[120 lines omitted]`. */
const MARK =
  /^(?:\.{3,}|…|-{2}|8<-+|-*8<-*|(?:\d+ )?(?:more )?lines? (?:omitted|skipped|removed|cut|snipped|deleted)|snip(?:ped)?|cut|omitted|skipped|etc\.?)$/i

/** Whether a line, by itself, says that lines are missing here. */
export const isLeftOut = (text: string): boolean =>
  MARK.test(
    text
      .replace(/^[>|\s]+/, '')
      .trim()
      .replace(/^[[<({\s]+|[\]>)}\s]+$/g, ''),
  )
