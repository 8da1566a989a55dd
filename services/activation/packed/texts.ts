/** Texts side by side as bytes, each with a number. */

import { packedNumbers } from './numbers.ts'

export interface PackedTexts {
  /** Answers its number. */
  push(text: string): number
  at(number: number): string
}

const BYTES = 65_536

export function packedTexts(): PackedTexts {
  const blocks: Buffer[] = []
  /** Where each begins and ends, in all blocks together. */
  const begins = packedNumbers(Float64Array)
  const lengths = packedNumbers(Uint32Array)
  let end = 0
  return {
    push(text) {
      const bytes = Buffer.from(text)
      // No text lies in two blocks, and one that is longer than a block has one of its own.
      const last = blocks.at(-1)
      if (!last || end + bytes.length > last.length) {
        blocks.push(Buffer.alloc(Math.max(BYTES, bytes.length)))
        end = 0
      }
      blocks.at(-1)?.set(bytes, end)
      const number = begins.push((blocks.length - 1) * BYTES_A_PLACE + end)
      lengths.push(bytes.length)
      end += bytes.length
      return number
    },
    at(number) {
      const begin = begins.at(number)
      const from = begin % BYTES_A_PLACE
      return blocks[Math.floor(begin / BYTES_A_PLACE)]?.toString('utf8', from, from + lengths.at(number)) ?? ''
    },
  }
}

/** More than any block is long, so that block and place within it are one number. */
const BYTES_A_PLACE = 2 ** 24
