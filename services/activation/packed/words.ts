/** Words that come again and again, each by a small number. */

export interface Words<W extends string> {
  codeOf(word: W): number
  at(code: number): W
}

export function words<W extends string>(): Words<W> {
  const codes = new Map<W, number>()
  const all: W[] = []
  return {
    codeOf(word) {
      const known = codes.get(word)
      if (known !== undefined) return known
      codes.set(word, all.length)
      return all.push(word) - 1
    },
    at(code) {
      const word = all[code]
      if (word === undefined) throw new Error('a word that nobody gave')
      return word
    },
  }
}
