/** Keys of 128 bits, each with a number: 16 bytes and a place in an index, where a string in a map takes more than a hundred. */

export interface PackedKeys {
  readonly size: number
  /** Its number, which is the same if it is there already. Throws for what is no such key. */
  add(key: string): number
  find(key: string): number | undefined
  /** In hex. */
  at(number: number): string
  /** Below 0 if the first one comes before the other. */
  compare(number: number, other: number): number
}

const WORDS = 4
const BYTES = 4 * WORDS
const KEYS = 4_096
const FIRST_PLACES = 1_024

/** The same bytes, to be compared word by word and written as hex. */
interface Block {
  readonly words: Uint32Array
  readonly bytes: Buffer
}

/** Keys are 32 hex digits, with or without dashes and the x of an export id. They are random, so their own digits spread them in the index. */
export function packedKeys(): PackedKeys {
  const blocks: Block[] = []
  const asked = blockOf(1)
  let places = new Uint32Array(FIRST_PLACES)
  let size = 0

  function read(key: string): boolean {
    const hex = hexOf(key)
    return hex.length === 2 * BYTES && asked.bytes.write(hex, 'hex') === BYTES
  }
  /** Where it stands in the index, or would. */
  function placeOf(words: Uint32Array, from: number): number {
    const [w0, w1, w2, w3] = [words[from], words[from + 1], words[from + 2], words[from + 3]]
    const mask = places.length - 1
    for (let place = (w0 ?? 0) & mask; ; place = (place + 1) & mask) {
      const number = (places[place] ?? 0) - 1
      if (number < 0) return place
      const known = blocks[Math.floor(number / KEYS)]?.words
      const at = (number % KEYS) * WORDS
      if (known?.[at] === w0 && known?.[at + 1] === w1 && known?.[at + 2] === w2 && known?.[at + 3] === w3) return place
    }
  }
  function compare(number: number, other: number): number {
    const [from, to] = [(number % KEYS) * BYTES, (other % KEYS) * BYTES]
    const [one, two] = [blocks[Math.floor(number / KEYS)], blocks[Math.floor(other / KEYS)]]
    return one && two ? one.bytes.compare(two.bytes, to, to + BYTES, from, from + BYTES) : 0
  }
  function grow(): void {
    places = new Uint32Array(2 * places.length)
    for (let number = 0; number < size; number += 1) {
      const block = blocks[Math.floor(number / KEYS)]
      if (block) places[placeOf(block.words, (number % KEYS) * WORDS)] = number + 1
    }
  }

  return {
    get size() {
      return size
    },
    add(key) {
      if (!read(key)) throw new Error('a key of 128 bits was expected')
      const place = placeOf(asked.words, 0)
      const known = places[place]
      if (known) return known - 1
      if (size % KEYS === 0) blocks.push(blockOf(KEYS))
      blocks.at(-1)?.words.set(asked.words, (size % KEYS) * WORDS)
      places[place] = size + 1
      size += 1
      if (4 * size > 3 * places.length) grow()
      return size - 1
    },
    find(key) {
      if (!read(key)) return undefined
      const number = places[placeOf(asked.words, 0)]
      return number ? number - 1 : undefined
    },
    at(number) {
      const from = (number % KEYS) * BYTES
      return blocks[Math.floor(number / KEYS)]?.bytes.toString('hex', from, from + BYTES) ?? ''
    },
    compare,
  }
}

function blockOf(keys: number): Block {
  const words = new Uint32Array(keys * WORDS)
  return { words, bytes: Buffer.from(words.buffer) }
}

function hexOf(key: string): string {
  const digits = key.startsWith('x') ? key.slice(1) : key
  return digits.length === 36 ? digits.replaceAll('-', '') : digits
}

/** As `8-4-4-4-12`. */
export function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
