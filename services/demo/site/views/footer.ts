/** The foot of every page: the doors to one's own data first. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { words } from '../words.ts'
import type { House, Html } from './house.ts'

export function footer({ personUrl }: House, language: Language): Html {
  const t = words[language]
  return html`<footer class="foot">
<div class="foot-in">
<p class="foot-name">${t.name}</p>
<ul>
<li><a href="/${language}/about-me">${t.aboutMe}</a></li>
<li><button type="button" class="link" id="open-choices">${t.choices}</button></li>
<li><a href="${personUrl}/preferences">${t.preferences}</a></li>
</ul>
<ul>
<li><a href="/${language}/newsletter">${t.newsletter}</a></li>
<li><a href="/${language}/privacy">${t.privacy}</a></li>
<li><a href="/${language}/imprint">${t.imprint}</a></li>
</ul>
<p class="small">${t.footer}</p>
</div>
</footer>`
}
