/** The head of every page: issue, service links, the name, the topics. */

import { html } from 'hono/html'
import { type Language, topics } from '../content/article.ts'
import { sections } from '../content/sections.ts'
import { words } from '../words.ts'
import type { Html } from './house.ts'

export function masthead(language: Language, path: string): Html {
  const t = words[language]
  const other = language === 'de' ? 'en' : 'de'
  const current = (href: string) => (path === href ? html` aria-current="page"` : '')
  return html`<header class="masthead">
<div class="strip">
<span class="issue">${t.issue}</span>
<nav aria-label="${t.service}"><ul>
<li><a href="/${language}/search"${current('/search')}>${t.search}</a></li>
<li><a href="/${language}/shop"${current('/shop')}>${t.shop}</a></li>
<li><a href="/${language}/checkout"${current('/checkout')}>${t.cart}<span id="cart-count"></span></a></li>
<li><a href="/${language}/login" id="login-link"${current('/login')}>${t.login}</a></li>
<li><a href="/${other}${path}" hreflang="${other}" lang="${other}">${t.otherLanguage}</a></li>
</ul></nav>
</div>
<div class="title">
<a class="wordmark" href="/${language}"><svg viewBox="0 0 64 40" aria-hidden="true" focusable="false"><circle class="i-sun" cx="32" cy="31" r="14"/><path class="l-sun" stroke-width="3" d="M32 10V2M17 16.500L11.500 11M47 16.500L52.500 11"/><path class="i-ground" d="M0 40C12 22 40 20 64 40Z"/><path class="i-clay" d="M4 40C16 25 40 24 60 40Z"/></svg><span>${t.name}</span></a>
<p class="tagline">${t.tagline}</p>
</div>
<nav class="topics" aria-label="${t.topics}"><ul>
${topics.map(
  (topic) =>
    html`<li><a href="/${language}/topics/${topic}"${path === `/topics/${topic}` ? html` aria-current="page"` : path.startsWith(`/${topic}/`) ? html` aria-current="true"` : ''}>${sections[topic][language].name}</a></li>`,
)}
</ul></nav>
</header>`
}
