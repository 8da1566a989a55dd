/** A short word at the edge of the page, read out by screen readers as well. */

const toast = document.getElementById('toast')
let timer

export function say(text) {
  toast.textContent = text
  toast.classList.add('shown')
  clearTimeout(timer)
  timer = setTimeout(() => toast.classList.remove('shown'), 4_000)
}
