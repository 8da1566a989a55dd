/** What every page is told, and the page around its content: head, masthead, footer. */

import { html, raw } from 'hono/html'
import type { Language } from '../content/article.ts'
import { words } from '../words.ts'
import { banner } from './banner.ts'
import { footer } from './footer.ts'
import type { House, Html } from './house.ts'
import { masthead } from './masthead.ts'

export interface Frame {
  readonly language: Language
  /** After the language: `/solar/east-west-roof`, empty for the cover. */
  readonly path: string
  readonly title: string
  readonly description?: string
  /** What the page declares itself to be about, in the three ways there are. */
  readonly data?: readonly string[]
  readonly meta?: readonly string[]
  readonly jsonld?: object
}

export function frame(house: House, page: Frame, content: Html): Html {
  const { language, path, title, description, data = [], meta = [], jsonld } = page
  const t = words[language]
  const other = language === 'de' ? 'en' : 'de'
  const heading = path === '' ? `${t.name}. ${t.tagline}` : `${title} · ${t.name}`
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
${description ? html`<meta name="description" content="${description}">` : ''}
${meta.length > 0 ? html`<meta name="bauta:interests" content="${meta.join(' ')}">` : ''}
<link rel="icon" href="/assets/sun.svg" type="image/svg+xml">
<link rel="alternate" hreflang="${other}" href="/${other}${path}">
<link rel="stylesheet" href="/assets/site.css">
${jsonld ? html`<script type="application/ld+json">${json(jsonld)}</script>` : ''}
<script type="module" src="/assets/site.js"></script>
<script async src="/b.js" data-site="${house.site}" data-notice="${house.banner.version}"></script>
</head>
<body${path === '' ? html` class="cover-page"` : ''}>
<a class="skip" href="#content">${t.skip}</a>
${banner(house.banner, language)}
${masthead(language, path)}
<main id="content"${data.length > 0 ? html` data-interests="${data.join(' ')}"` : ''}>
${content}
</main>
${footer(house, language)}
<p class="toast" role="status" id="toast"></p>
</body>
</html>`
}

/** A data block; `<` is escaped, so that no text can end it. */
export function json(value: object) {
  return raw(JSON.stringify(value).replaceAll('<', '\\u003c'))
}
