/** Asks once, keeps the answer, and lets it be changed from the foot of every page. */

import { bauta } from './bauta.js'
import { allowedNow, dropChoice, keepChoice, readChoice, setAllowed } from './choice.js'
import { say } from './toast.js'

const banner = document.getElementById('banner')
const { notice, saved, failed } = banner.dataset
const boxes = [...banner.querySelectorAll('input[name=purpose]')]
const first = boxes.find(({ value }) => value === 'P1')
let cameFrom

function open(purposes) {
  for (const box of boxes) box.checked = purposes.includes(box.value)
  loosen()
  document.getElementById('banner-signal').hidden = !(navigator.globalPrivacyControl || navigator.doNotTrack === '1')
  banner.hidden = false
}

function close() {
  banner.hidden = true
  cameFrom?.focus()
  cameFrom = undefined
}

/** P2 and P3 are nothing without P1. */
function loosen() {
  for (const box of boxes)
    if (box !== first) {
      box.disabled = !first.checked
      if (box.disabled) box.checked = false
    }
}

async function choose(purposes, method) {
  const before = allowedNow()
  close()
  if (purposes.length === 0) {
    // Who never agreed has nothing to withdraw, so a first refusal tells the collector nothing.
    keepChoice([], notice)
    setAllowed([])
    if (before.length > 0) await bauta('consent', [], { method })
    return say(saved)
  }
  const kept = readChoice(notice)
  // At once: who reads on before the answer is here must not be asked again. Had it never arrived, the collector says that it knows nothing.
  keepChoice(purposes, notice)
  const answer = await bauta('consent', purposes, { method })
  if (!answer) {
    if (kept) keepChoice(kept, notice)
    else dropChoice()
    return say(failed)
  }
  // Signals of the browser may have made it less.
  keepChoice(answer.purposes, notice)
  setAllowed(answer.purposes)
  say(saved)
}

const choices = {
  none: () => choose([], 'banner'),
  all: () => choose(['P1', 'P2', 'P3'], 'banner'),
  some: () =>
    choose(
      boxes.filter(({ checked }) => checked).map(({ value }) => value),
      'settings',
    ),
}

for (const button of banner.querySelectorAll('[data-choice]'))
  button.addEventListener('click', choices[button.dataset.choice])
banner.querySelector('form').addEventListener('submit', (event) => event.preventDefault())
first.addEventListener('change', loosen)

document.getElementById('open-choices').addEventListener('click', (event) => {
  cameFrom = event.currentTarget
  open(allowedNow())
  banner.focus()
})

/** The collector's cookie is gone, or it knows better: ask again. */
addEventListener('bauta:no_consent', () => {
  if (allowedNow().length === 0) return
  dropChoice()
  setAllowed([])
  open([])
})

const known = readChoice(notice)
if (known === undefined) open([])
else if (known.length > 0) {
  bauta('allow', known)
  setAllowed(known)
}
