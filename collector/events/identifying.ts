/** First line against personal data in addresses of pages: does a piece of text look like it names somebody or something single? */

const MAX_CHARS = 100
const MAX_LETTERS_IN_A_ROW = 40
const MAX_DIGITS = 8
/** Changes between letters, capitals and digits that no word has. */
const MAX_TURNS = 3
const MIN_LENGTH_OF_CODES = 8

/** Of this century: files and articles are named by it. */
const DATE = /(?<!\d)20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)/
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-/i
const HEX = /(?=[a-f]*\d)[0-9a-f]{14,}/i
const MACHINE = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?:[0-9a-f]{1,4}:){2}|::/i

/** Long numbers, e-mail-like pieces, addresses of machines, and codes: words and short numbers joined by dashes pass. */
export function looksIdentifying(text: string): boolean {
  if (/^[a-z-]{0,40}$/.test(text)) return false
  if (text.length > MAX_CHARS || text.includes('@')) return true
  const undated = text.replace(DATE, '')
  if (/\d{6}|^\d{5,}$/.test(undated) || digitsIn(undated) > MAX_DIGITS) return true
  if (UUID.test(text) || HEX.test(text) || MACHINE.test(text)) return true
  if (new RegExp(`\\p{L}{${MAX_LETTERS_IN_A_ROW},}`, 'u').test(text)) return true
  return text.length >= MIN_LENGTH_OF_CODES && (turns(text) > MAX_TURNS || looksRandom(text))
}

function digitsIn(text: string): number {
  let digits = 0
  for (const character of text) if (character >= '0' && character <= '9') digits += 1
  return digits
}

const kindOf = (character: string | undefined): '' | 'lower' | 'upper' | 'digit' =>
  character === undefined
    ? ''
    : /\d/.test(character)
      ? 'digit'
      : /\p{Lu}/u.test(character)
        ? 'upper'
        : /\p{L}/u.test(character)
          ? 'lower'
          : ''

/** `Word` and `wordWord` turn naturally, and so does whatever a dash parts. */
function turns(text: string): number {
  const kinds = [...text].map(kindOf)
  return kinds.filter((kind, at) => {
    const before = kinds[at - 1]
    if (!kind || !before || kind === before) return false
    if (before === 'upper' && kind === 'lower') return false
    return !(before === 'lower' && kind === 'upper' && kinds[at + 1] === 'lower')
  }).length
}

/** Of the length of a key, with capitals where no language puts so many. */
function looksRandom(text: string): boolean {
  if (text.length < 16) return false
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const mixed = capitals < letters && /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u.test(text)
  return mixed && (capitals > letters / 4 || turns(text) >= MAX_TURNS || /[b-df-hj-np-tv-xz]{5}/i.test(text))
}
