/** Asks for a link token only if the merge was ticked and this browser has a profile; the form itself goes to another host. */

import { bauta } from './bauta.js'
import { allowedNow, mayProfile } from './choice.js'

const PATIENCE_MS = 3_000

const form = document.getElementById('newsletter')
if (form) {
  const merge = form.querySelector('[value=P4]')
  const hint = document.getElementById('nothing-to-merge')
  form.elements.form_url.value = location.origin + location.pathname

  const show = () => {
    hint.textContent = merge.checked && !mayProfile(allowedNow()) ? hint.dataset.text : ''
  }
  merge.addEventListener('change', show)
  addEventListener('choice', show)

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
    const token = merge.checked && mayProfile(allowedNow()) ? await Promise.race([bauta('link'), late]) : ''
    form.elements.link_token.value = token ?? ''
    // Not `requestSubmit`: it would come by here again.
    form.submit()
  })
  // A page brought back by the back button must not send an old token.
  addEventListener('pageshow', () => {
    form.elements.link_token.value = ''
  })
}
