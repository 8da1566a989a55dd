/** The shell blocks of a document that are marked to be run: ```sh run, and after it the engines that they need. */

import type { EngineKind } from '../engines/found-engines.ts'

export interface Block {
  /** Of its first line in the document. */
  readonly line: number
  readonly needs: readonly EngineKind[]
  readonly text: string
}

const kinds: readonly string[] = ['kafka', 'redis', 'postgres', 'clickhouse'] satisfies EngineKind[]

/** Throws on a mark that says something else, because a block that is never run would look as if it were. */
export function readBlocks(document: string): Block[] {
  return [...document.matchAll(/^```sh run\b([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: mark = '', 2: text = '', index }) => {
      const needs = mark.split(' ').filter(Boolean)
      const unknown = needs.find((each) => !kinds.includes(each))
      if (unknown) throw new Error(`a block is marked to need ${unknown}; there are ${kinds.join(', ')}`)
      return { line: document.slice(0, index).split('\n').length + 1, needs: needs as EngineKind[], text }
    },
  )
}
