/** Numbers side by side in blocks: as many bytes as they need, and no copy when they grow. */

type Block = Uint8Array | Uint16Array | Uint32Array | Float64Array

export interface PackedNumbers {
  readonly size: number
  /** Answers its place. */
  push(value: number): number
  /** 0 where nothing was put. */
  at(place: number): number
  /** Also beyond the end: what lies between is 0. */
  set(place: number, value: number): void
}

const LENGTH = 4_096

export function packedNumbers(Kind: new (length: number) => Block): PackedNumbers {
  const blocks: Block[] = []
  let size = 0
  const set = (place: number, value: number): void => {
    const block = Math.floor(place / LENGTH)
    while (blocks.length <= block) blocks.push(new Kind(LENGTH))
    const found = blocks[block]
    if (found) found[place % LENGTH] = value
    size = Math.max(size, place + 1)
  }
  return {
    get size() {
      return size
    },
    push(value) {
      set(size, value)
      return size - 1
    },
    at: (place) => blocks[Math.floor(place / LENGTH)]?.[place % LENGTH] ?? 0,
    set,
  }
}
