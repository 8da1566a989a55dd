/** The pages about the visitor: what the site knows of them, and a login that is none. Both are filled in by the page's script. */

import { html } from 'hono/html'
import type { Language } from '../content/article.ts'
import { words } from '../words.ts'
import { frame } from './frame.ts'
import type { House, Html } from './house.ts'

export function aboutMePage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '/about-me', title: t.aboutMe },
    html`<header class="page-head"><h1>${t.aboutMe}</h1><p class="lead">${t.aboutMeIntro}</p></header>
<div class="about-me" id="about-me" data-nothing="${t.aboutMeNothing}" data-empty="${t.aboutMeEmpty}" data-unreachable="${t.aboutMeUnreachable}" data-forgotten="${t.forgotten}" data-failed="${t.forgetFailed}" data-none="${t.allowedNothing}" data-low="${t.bands.low}" data-medium="${t.bands.medium}" data-high="${t.bands.high}">
<section class="knows" aria-labelledby="knows-title">
<h2 class="rule" id="knows-title">${t.interests}</h2>
<p id="about-me-state" role="status">${t.aboutMeWaiting}</p>
<ol id="interests" class="interests"></ol>
</section>
<aside class="beside" aria-label="${t.allowed}">
<dl>
<dt>${t.allowed}</dt><dd id="allowed">${t.allowedNothing}</dd>
<dt class="needs-receipt" hidden>${t.receipt}</dt><dd class="needs-receipt" hidden><code id="receipt"></code></dd>
</dl>
<p><button type="button" class="button" id="forget">${t.forget}</button></p>
<p class="small">${t.forgetHint}</p>
<p role="status" id="forgotten"></p>
</aside>
</div>`,
  )
}

export function loginPage(house: House, language: Language): Html {
  const t = words[language]
  return frame(
    house,
    { language, path: '/login', title: t.loginTitle },
    html`<header class="page-head"><h1>${t.loginTitle}</h1><p class="lead">${t.loginIntro}</p></header>
<form class="form" id="login" method="get">
<p><label for="name">${t.loginName}</label><input id="name" autocomplete="nickname" required maxlength="40"></p>
<p><button type="submit" class="button">${t.loginGo}</button></p>
</form>
<div class="form" id="logged-in" hidden data-out="${t.loggedOut}" data-ended="${t.profileEnded}">
<p>${t.loggedInAs} <strong id="login-name"></strong>.</p>
<p><button type="button" class="button" id="logout">${t.logout}</button></p>
</div>`,
  )
}
