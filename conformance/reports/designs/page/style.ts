/** What the page of the matrix has beside the style of all pages. */
export const MATRIX_STYLE = `
body { max-width: min(112rem, 96vw); }
ul.notes, .objection { max-width: 72rem; }
details pre { overflow-x: auto; margin: 0; line-height: 1.45; }
.objection { border-left: 3px solid var(--accent); padding: .1rem 1rem; margin: 1rem 0; }
details:target { outline: 2px solid var(--accent); }
`
