/** What the visitor chose, as the site itself remembers it: of a refusal only that it was one. */

import { bauta } from './bauta.js'

const NAME = 'suedseite_choice'
const DAYS = 180
const none = 'none'

/** The purposes allowed; empty after a refusal, undefined where nothing was chosen or the notice has changed since. */
export function readChoice(notice) {
  const value = document.cookie
    .split('; ')
    .find((each) => each.startsWith(`${NAME}=`))
    ?.slice(NAME.length + 1)
  if (value === none) return []
  const [purposes, version] = value?.split('@') ?? []
  return version === notice ? purposes.split('.') : undefined
}

export function keepChoice(purposes, notice) {
  write(purposes.length > 0 ? `${purposes.join('.')}@${notice}` : none, DAYS * 86_400)
}

export function dropChoice() {
  write('', 0)
}

function write(value, seconds) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `${NAME}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax`
}

export const mayProfile = (purposes) => purposes.includes('P1') && purposes.includes('P3')

let allowed = []
const waiting = []

export const allowedNow = () => allowed

/** Tells the page what is allowed from here on; an act that waited for it is told to the snippet now. */
export function setAllowed(purposes) {
  allowed = purposes
  if (maySend()) for (const act of waiting.splice(0)) act()
  dispatchEvent(new CustomEvent('choice'))
}

const maySend = () => allowed.includes('P1') && allowed.length > 1

/** What the page itself is (a product shown, a topic searched) is said once it may be. */
export function onceAllowed(act) {
  if (maySend()) act()
  else waiting.push(act)
}

/** What the visitor does (a button) is said if it may be, and not later. */
export function ifAllowed(...event) {
  if (maySend()) bauta(...event)
}
