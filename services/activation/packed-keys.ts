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

const BYTES = 16
const KEYS = 4_096
const FIRST_PLACES = 1_024

/** Keys are 32 hex digits, with or without dashes and the x of an export id. They are random, so their own digits spread them in the index. */
export function packedKeys(): PackedKeys {
  const blocks: Buffer[] = []
  const asked = Buffer.alloc(BYTES)
  let places = new Uint32Array(FIRST_PLACES)
  let size = 0

  function read(key: string): boolean {
    const hex = hexOf(key)
    return hex.length === 2 * BYTES && asked.write(hex, 'hex') === BYTES
  }
  /** Where it stands in the index, or would. */
  function placeOf(key: Buffer, start: number): number {
    const mask = places.length - 1
    for (let place = key.readUInt32LE(start) & mask; ; place = (place + 1) & mask) {
      const number = places[place]
      if (!number || isAt(number - 1, key, start)) return place
    }
  }
  function isAt(number: number, key: Buffer, start: number): boolean {
    const from = (number % KEYS) * BYTES
    return blocks[Math.floor(number / KEYS)]?.compare(key, start, start + BYTES, from, from + BYTES) === 0
  }
  function compare(number: number, other: number): number {
    const [from, to] = [(number % KEYS) * BYTES, (other % KEYS) * BYTES]
    const [one, two] = [blocks[Math.floor(number / KEYS)], blocks[Math.floor(other / KEYS)]]
    return one && two ? one.compare(two, to, to + BYTES, from, from + BYTES) : 0
  }
  function grow(): void {
    places = new Uint32Array(2 * places.length)
    for (let number = 0; number < size; number += 1) {
      const block = blocks[Math.floor(number / KEYS)]
      if (block) places[placeOf(block, (number % KEYS) * BYTES)] = number + 1
    }
  }

  return {
    get size() {
      return size
    },
    add(key) {
      if (!read(key)) throw new Error('a key of 128 bits was expected')
      const place = placeOf(asked, 0)
      const known = places[place]
      if (known) return known - 1
      if (size % KEYS === 0) blocks.push(Buffer.alloc(KEYS * BYTES))
      blocks.at(-1)?.set(asked, (size % KEYS) * BYTES)
      places[place] = size + 1
      size += 1
      if (4 * size > 3 * places.length) grow()
      return size - 1
    },
    find(key) {
      if (!read(key)) return undefined
      const number = places[placeOf(asked, 0)]
      return number ? number - 1 : undefined
    },
    at(number) {
      const from = (number % KEYS) * BYTES
      return blocks[Math.floor(number / KEYS)]?.toString('hex', from, from + BYTES) ?? ''
    },
    compare,
  }
}

function hexOf(key: string): string {
  const digits = key.startsWith('x') ? key.slice(1) : key
  return digits.length === 36 ? digits.replaceAll('-', '') : digits
}

/** As `8-4-4-4-12`. */
export function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
