/** A page of plain text: privacy, imprint, and the one that is not there. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { imprint } from '../content/imprint.ts'
import { privacy } from '../content/privacy.ts'
import { words } from '../words.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'
import { prose } from './prose.ts'

export function privacyPage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '/privacy', title: t.privacy },
    html`<header class="page-head"><h1>${t.privacy}</h1></header>
<div class="prose plain">${prose(privacy[language])}
<p><a class="arrow" href="/${language}/about-me">${t.aboutMe}</a></p>
<p><a class="arrow" href="${house.personUrl}/preferences">${t.preferences}</a></p></div>`,
  )
}

export function imprintPage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '/imprint', title: t.imprint },
    html`<header class="page-head"><h1>${t.imprint}</h1></header><div class="prose plain">${prose(imprint[language])}</div>`,
  )
}

export function missingPage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '', title: t.notFound },
    html`<header class="page-head"><h1>${t.notFound}</h1><p class="lead">${t.notFoundText}</p>
<p><a class="arrow" href="/${language}">${t.toHome}</a></p></header>`,
  )
}
