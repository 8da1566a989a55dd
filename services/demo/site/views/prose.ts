/** Turns the plain text of an article into paragraphs, headings, quotations and lists. */

import { html } from 'hono/html'
import type { Html } from './house.ts'

export function prose(body: string): Html[] {
  return body
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      if (block.startsWith('## ')) return html`<h2>${block.slice(3)}</h2>`
      if (block.startsWith('> ')) return html`<blockquote><p>${block.slice(2)}</p></blockquote>`
      if (block.startsWith('- '))
        return html`<ul>${block.split('\n').map((item) => html`<li>${item.replace(/^- /, '')}</li>`)}</ul>`
      return html`<p>${block}</p>`
    })
}
