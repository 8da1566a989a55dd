/** The newsletter form. It goes to the person listener, as a plain form: this site never holds an address. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { scene } from '../drawings/drawing.ts'
import { readNotice } from '../notice-text.ts'
import { words } from '../words.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'

export function newsletterPage(house: House, language: Language): Html {
  const t = words[language]
  const { version, text } = house.newsletter
  const { intro, purposes } = readNotice(text[language] ?? '')
  return frame(
    house,
    { language, path: '/newsletter', title: t.newsletterTitle, description: t.newsletterIntro },
    html`<div class="letter">
<header class="page-head"><h1>${t.newsletterTitle}</h1><p class="lead">${t.newsletterIntro}</p></header>
<div class="picture">${scene('slope')}</div>
<form method="post" action="${house.personUrl}/subscribe" id="newsletter" class="form">
<p><label for="email">${t.email} <span class="small">(${t.required})</span></label>
<input type="email" id="email" name="email" required autocomplete="email" maxlength="254" aria-describedby="email-hint">
<span class="small" id="email-hint">${t.emailHint}</span></p>
<fieldset>
<legend>${t.whatYouAgreeTo}</legend>
${intro ? html`<p>${intro}</p>` : ''}
${purposes.map(
  ({ purpose, label, text: said }) => html`<div class="purpose">
<input type="checkbox" id="${purpose}" name="purposes" value="${purpose}" aria-describedby="${purpose}-text"${purpose === 'P5' ? html` required` : ''}>
<label for="${purpose}">${label} <span class="small">(${purpose === 'P5' ? t.required : t.optional})</span></label>
<p id="${purpose}-text">${said}</p>
</div>`,
)}
<p class="note" id="nothing-to-merge" role="status" data-text="${t.nothingToMerge}"></p>
</fieldset>
<input type="hidden" name="site" value="${house.site}">
<input type="hidden" name="notice" value="${version}">
<input type="hidden" name="language" value="${language}">
<input type="hidden" name="form_url" value="">
<input type="hidden" name="link_token" value="">
<p><button type="submit" class="button">${t.subscribe}</button></p>
</form>
</div>`,
  )
}

export function newsletterTeaser(language: Language): Html {
  const t = words[language]
  return html`<section class="teaser" aria-labelledby="teaser"><div class="teaser-in">
<h2 id="teaser">${t.newsletterTitle}</h2><p>${t.newsletterTeaser}</p>
<p><a class="button" href="/${language}/newsletter">${t.newsletterGo}</a></p>
</div></section>`
}
