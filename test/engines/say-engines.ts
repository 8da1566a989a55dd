/** Says once at the head of a run over which engines it goes, and why not over the others. */

import { absent, foundEngines, kinds, overWhich } from './found-engines.ts'

export function setup(): void {
  const found = foundEngines()
  const lines = kinds.map((kind) => found[kind]?.name ?? absent(kind))
  process.stderr.write(`Contract suites over the embedded engines and: ${lines.join('; ')}\n`)
  process.stderr.write(`Other suites ${overWhich()}\n`)
}
