/** The consent banner: one level, three buttons of one size. Nothing is ticked, and refusing is one click like accepting. */

import { html } from 'hono/html'
import type { Notice } from '../../../../schemas/config.ts'
import type { Language } from '../content/article.ts'
import { readNotice } from '../notice-text.ts'
import { words } from '../words.ts'
import type { Html } from './house.ts'

/** Hidden until the page's script finds no choice; without scripts there is nothing to choose. */
export function banner(notice: Notice, language: Language): Html {
  const t = words[language]
  const { intro, purposes } = readNotice(notice.text[language] ?? '')
  return html`<section class="banner" id="banner" aria-labelledby="banner-title" tabindex="-1" data-notice="${notice.version}" data-saved="${t.choiceSaved}" data-failed="${t.choiceFailed}" hidden>
<form class="banner-in">
<div class="banner-text">
<h2 id="banner-title">${t.bannerTitle}</h2>
<p>${intro}</p>
<p class="small" id="banner-signal" hidden><strong>${t.signalled}</strong></p>
</div>
<fieldset>
<legend class="sr">${t.choices}</legend>
${purposes.map(
  ({ purpose, label, text }) => html`<div class="purpose">
<input type="checkbox" id="choose-${purpose}" name="purpose" value="${purpose}" aria-describedby="choose-${purpose}-text">
<label for="choose-${purpose}">${purpose} ${label}</label>
<p id="choose-${purpose}-text">${text}</p>
</div>`,
)}
<p class="small">${t.needsP1} ${t.moreInPrivacy}: <a href="/${language}/privacy">${t.privacy}</a>.</p>
</fieldset>
<div class="banner-buttons">
<button type="button" data-choice="none">${t.refuseAll}</button>
<button type="button" data-choice="some">${t.saveChoice}</button>
<button type="button" data-choice="all">${t.acceptAll}</button>
</div>
</form>
</section>`
}
