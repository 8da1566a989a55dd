/** A name for this window, and a logout after which the browser is somebody new. */

import { bauta } from './bauta.js'
import { allowedNow } from './choice.js'
import { say } from './toast.js'

const KEY = 'suedseite-name'
const link = document.getElementById('login-link')
const form = document.getElementById('login')
const inside = document.getElementById('logged-in')
const label = link.textContent

function show() {
  const name = sessionStorage.getItem(KEY)
  link.textContent = name ?? label
  if (!form) return
  form.hidden = name !== null
  inside.hidden = name === null
  document.getElementById('login-name').textContent = name ?? ''
}

form?.addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem(KEY, document.getElementById('name').value)
  show()
  document.getElementById('logout').focus()
})
document.getElementById('logout')?.addEventListener('click', async () => {
  sessionStorage.removeItem(KEY)
  show()
  document.getElementById('name').focus()
  // Who agreed to nothing has nothing to end, and the collector need not hear of it.
  if (allowedNow().length === 0) return say(inside.dataset.out)
  await bauta('reset')
  say(inside.dataset.ended)
})
show()
