/** Shows the visitor's own profile, keeps asking for it, and deletes it. */

import { bauta } from './bauta.js'
import { allowedNow, keepChoice, mayProfile, setAllowed } from './choice.js'

const ASK_EVERY_MS = 700
const strengths = ['low', 'medium', 'high']

const place = document.getElementById('about-me')
if (place) {
  const { notice } = document.getElementById('banner').dataset
  const words = place.dataset
  const list = document.getElementById('interests')
  let shown = ''

  /** Changes the page only when there is something new, so that screen readers are not told the same again. */
  function show(state, { interests = [], purposes = [], receipt } = {}) {
    const now = JSON.stringify([state, interests, purposes, receipt])
    if (now === shown) return
    shown = now
    document.getElementById('about-me-state').textContent = state
    document.getElementById('allowed').textContent = purposes.map(labelOf).join(', ') || words.none
    document.getElementById('receipt').textContent = receipt ?? ''
    for (const each of place.querySelectorAll('.needs-receipt')) each.hidden = !receipt
    list.replaceChildren(...interests.map(item))
  }

  /** In the words of the banner. */
  function labelOf(purpose) {
    return document.querySelector(`label[for=choose-${purpose}]`)?.textContent ?? purpose
  }

  function item({ name, band }) {
    const line = document.createElement('li')
    const meter = document.createElement('span')
    meter.className = 'meter'
    meter.dataset.band = band
    meter.append(...strengths.map(() => document.createElement('i')))
    line.append(text('span', name, 'interest'), meter, text('span', words[band], 'band'))
    return line
  }

  function text(element, content, className) {
    return Object.assign(document.createElement(element), { textContent: content, className })
  }

  async function refresh() {
    if (!mayProfile(allowedNow())) return show(words.nothing, { purposes: allowedNow() })
    const profile = await bauta('profile')
    if (!mayProfile(allowedNow())) return
    if (!profile) return show(words.unreachable, { purposes: allowedNow() })
    const language = document.documentElement.lang
    const interests = profile.interests.map(({ id, name, band }) => ({ name: nameOf(name, language) ?? id, band }))
    show(interests.length > 0 ? '' : words.empty, { ...profile, interests })
  }

  /** A name, or names by language. */
  function nameOf(name, language) {
    return typeof name === 'string' ? name : name?.[language]
  }

  async function keepAsking() {
    if (!document.hidden) await refresh()
    setTimeout(keepAsking, ASK_EVERY_MS)
  }

  document.getElementById('forget').addEventListener('click', async () => {
    const forgotten = document.getElementById('forgotten')
    const answer = await bauta('forget')
    if (!answer) {
      forgotten.textContent = words.failed
      return
    }
    keepChoice([], notice)
    setAllowed([])
    await refresh()
    forgotten.replaceChildren(`${words.forgotten} `, receiptLink(answer.receipt))
  })

  function receiptLink(receipt) {
    return Object.assign(document.createElement('a'), { href: `/v1/receipts/${receipt}`, textContent: receipt })
  }

  addEventListener('choice', refresh)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh()
  })
  keepAsking()
}
