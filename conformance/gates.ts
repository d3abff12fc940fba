/** A check that fails when something has to be written anew or covered, and what mends it. */
interface Gate {
  /** The test that fails, by its path from the root. */
  readonly test: string
  /** After which change. */
  readonly fails: string
  /** The command or the file that mends it. `NAME` stands for what the failure names. */
  readonly mend: string
}

/**
 * Every such check. The tests of `conformance/` print `mend` from here; those of the other rooms, which do not import
 * from this one, hold the same text. CONTRIBUTING.md has the table for people. `gates.test.ts` keeps all three alike.
 */
export const GATES = {
  'frozen cases': {
    test: 'conformance/suite/suite.test.ts',
    fails: 'a rule or a generator changes the cases of a family, or what they may be answered',
    mend: 'npm run build && npx memslot cases freeze --only NAME',
  },
  'frozen blocks': {
    test: 'conformance/cases/families.test.ts',
    fails: 'the same of an exhaustive family, of which digests are kept',
    mend: 'npm run build && npx memslot cases freeze --only NAME',
  },
  'a rule without a case': {
    test: 'conformance/suite/suite.test.ts',
    fails: 'no case fires a rule',
    mend: 'add a case to family NAME (conformance/cases/generate), then npm run build && npx memslot cases freeze --only NAME',
  },
  'a premise without a case': {
    test: 'conformance/suite/suite.test.ts',
    fails: 'no case makes a premise hold, or none makes it fail',
    mend: 'add a case to family NAME (conformance/cases/generate), or say in conformance/suite/exclusions.ts why there can be none',
  },
  'a dead exclusion': {
    test: 'conformance/suite/suite.test.ts',
    fails: 'an excluded premise is decided by a case after all, or does not exist',
    mend: 'take it out of conformance/suite/exclusions.ts',
  },
  'implementation against cases': {
    test: 'conformance/suite/suite.test.ts',
    fails: 'the built-in implementation does not do what a rule says',
    mend: 'npm run build && npx memslot conform --filter NAME says why; the change belongs in impl/',
  },
  'implementation against sequences': {
    test: 'conformance/fuzz/fuzz.test.ts',
    fails: 'the same in a drawn sequence',
    mend: 'npm run build && npx memslot fuzz --target impl NAME says why; the change belongs in impl/',
  },
  'a rule without a sequence': {
    test: 'conformance/fuzz/fuzz.test.ts',
    fails: 'the fuzzer never fires a rule',
    mend: 'draw what it needs in conformance/fuzz/draw',
  },
  'an unlisted rule': {
    test: 'spec/rules/all.test.ts',
    fails: 'a rule is declared and stands in no list',
    mend: 'add it to the list at the end of its file',
  },
  'a rule without a state': {
    test: 'spec/rules/reached.test.ts',
    fails: 'the generator of states does not come to where a rule of a call applies',
    mend: 'draw what it needs in spec/generate/operation.ts or spec/generate/machine.ts',
  },
  'a failure with a trace': {
    test: 'spec/rules/reached.test.ts',
    fails: 'a rule of a failing call changes the machine',
    mend: 'leave the cells alone, or list it in LEAVES_A_TRACE of spec/rules/reached.test.ts',
  },
  'two rules for a call': {
    test: 'spec/rules/partition.test.ts',
    fails: 'two rules apply to a call in strict order, or none does',
    mend: 'a check that comes first belongs in `after` or `when` of all that come later',
  },
  'a rule without a question': {
    test: 'spec/questions.test.ts',
    fails: 'no question of the thread names a rule of the batch',
    mend: 'name it in an answer of spec/questions.ts, or in PLAIN of spec/questions.test.ts if it is a plain check',
  },
  'an answer that is no longer so': {
    test: 'spec/questions.test.ts',
    fails: 'a rule, a step or a cell that an answer to the thread names is gone or another',
    mend: 'change the answer in spec/questions.ts',
  },
  'a step without a world': {
    test: 'oracle/designs/system/reached.test.ts',
    fails: 'no small world fires a rule of the steps, or decides a premise both ways',
    mend: 'add a world to oracle/designs/system/small-worlds.ts, or a reason to NEVER of oracle/designs/system/reached.test.ts',
  },
  'the matrix': {
    test: 'conformance/designs/matrix.test.ts',
    fails: 'a rule of the steps, a design, a property or a scope changes',
    mend: 'npm run build && npx memslot designs --write',
  },
  'the matrix in small': {
    test: 'conformance/designs/smoke.test.ts',
    fails: 'a cell of the smoke scope is another',
    mend: 'if that is right, write it to conformance/designs/smoke-expectation.json',
  },
  'what recorded boots need': {
    test: 'conformance/designs/recorded/recorded.test.ts',
    fails: 'a plan of a design changes, and so what it would have needed for a recording',
    mend: 'npm run build && npx memslot designs --write --recorded FILE, once for each file of conformance/designs/recorded.json',
  },
  'a cell without a fault': {
    test: 'conformance/designs/matrix.test.ts',
    fails: 'a cell of the matrix holds and no seeded fault takes it away',
    mend: 'add a fault to oracle/designs/faults/catalogue.ts, then npm run build && npx memslot designs --write',
  },
  'a seeded fault that breaks nothing': {
    test: 'oracle/designs/faults/faults.test.ts',
    fails: 'a design or a rule of the steps changes, and a fault is no longer seen',
    mend: 'give it another update or company in oracle/designs/faults, or take it out of catalogue.ts there',
  },
  'observations of the batch': {
    test: 'conformance/mutation/rules/matter.test.ts',
    fails: 'a rule of the steps changes what a batch lets vCPUs see',
    mend: 'if that is right, change conformance/mutation/rules/expected.ts',
  },
  'a patch that no longer applies': {
    test: 'conformance/mutation/patches/catalogue.test.ts',
    fails: 'the lines that a mutant changes are others',
    mend: 'make its change again, git diff > conformance/mutation/patches/catalogue/NAME.patch, and take the change back',
  },
  'the page of traces': {
    test: 'conformance/command/trace-page.test.ts',
    fails: 'an operation, a parameter or a field of an answer is new, or a message changes',
    mend: 'change oracle/TRACE.md',
  },
  'the page of the protocol': {
    test: 'conformance/targets/stdio/protocol-page.test.ts',
    fails: 'a feature, a parameter or a message changes',
    mend: 'change conformance/PROTOCOL.md',
  },
  'the README': {
    test: 'conformance/readme.test.ts',
    fails: 'a command that README.md shows prints something else',
    mend: 'change README.md to what is printed below',
  },
  'a citation that cannot be opened': {
    test: 'conformance/documents.test.ts',
    fails: 'a rule or a design cites a heading or a mail that is not in docs/',
    mend: 'add the heading to its page in docs/, a mail to docs/evidence/thread.md, and name either in spec/rules/documents.ts',
  },
  'a dead link': {
    test: 'conformance/pages.test.ts',
    fails: 'a file, a heading or a name that a page links to is elsewhere',
    mend: 'change the link in the page that is named',
  },
  'the table of folders': {
    test: 'conformance/pages.test.ts',
    fails: 'a folder is new, or imports from another of its room',
    mend: 'change its row in docs/architecture.md',
  },
  'a kind of operation without a trace': {
    test: 'oracle/corpus/corpus.test.ts',
    fails: 'no trace of the corpus has an operation',
    mend: 'add a trace to oracle/corpus/good and one to oracle/corpus/bad',
  },
  'a rule without a chapter': {
    test: 'conformance/book/build-book.test.ts',
    fails: 'a rule is new and no chapter of the book shows it, or a chapter names one that is gone',
    mend: 'name it in a chapter of spec/book, as {{rule NAME}} or by its family',
  },
  'the bytes of the kernels': {
    test: 'impl/dirty/kernels.test.ts',
    fails: 'impl/dirty/kernels.wat changes',
    mend: 'npm run kernels',
  },
} as const satisfies Readonly<Record<string, Gate>>

export type GateName = keyof typeof GATES

/** What a failure says: what is wrong, and what mends it. */
export const gateText = (gate: GateName, wrong: string, name = ''): string =>
  `${wrong}: ${GATES[gate].mend.replaceAll('NAME', name)}`
