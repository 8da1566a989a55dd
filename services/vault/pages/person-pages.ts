/** The pages a person sees, as functions of what is to be said. */

import { html } from 'hono/html'
import { ContactPurpose, effective, type Fact } from '../../../schemas/consent.ts'
import { type Html, page } from './layout.ts'
import { type Language, purposeNames, type Words, words } from './words.ts'

export interface Reader {
  readonly language: Language
  readonly house: string
}

type Title = { [K in keyof Words]: Words[K] extends string ? K : never }[keyof Words]

/** A title and paragraphs, and nothing to press. */
export function notePage(reader: Reader, title: Title, ...paragraphs: readonly Title[]): Html {
  const t = words[reader.language]
  return page({ ...reader, title: t[title] }, html`${paragraphs.map((each) => html`<p>${t[each]}</p>`)}`)
}

export function notePageWithPreferences(reader: Reader, title: Title, ...paragraphs: readonly Title[]): Html {
  const t = words[reader.language]
  const link = html`<p><a href="/preferences?lang=${reader.language}">${t.openPreferences}</a></p>`
  return page({ ...reader, title: t[title] }, html`${paragraphs.map((each) => html`<p>${t[each]}</p>`)}${link}`)
}

/** A notice word for word, a paragraph a line; what a line begins with before its colon is its title. */
function quoted(notice: string): Html {
  const lines = notice.split('\n').map((line) => {
    const title = /^[^:.]{1,60}: /.exec(line)?.[0] ?? ''
    return html`<p>${title && html`<strong>${title.trimEnd()}</strong> `}${line.slice(title.length)}</p>`
  })
  return html`<blockquote>${lines}</blockquote>`
}

/** What was agreed to in the form, word for word, and the button that makes it count. */
export function confirmPage(reader: Reader, token: string, notice: string): Html {
  const t = words[reader.language]
  return page(
    { ...reader, title: t.confirmTitle },
    html`<p>${t.confirmText}</p>${quoted(notice)}
<form method="post" action="/confirm" class="wide"><input type="hidden" name="token" value="${token}"><button>${t.confirmButton}</button></form>`,
  )
}

export function unsubscribePage(reader: Reader, token: string): Html {
  const t = words[reader.language]
  return page(
    { ...reader, title: t.unsubscribeTitle },
    html`<p>${t.unsubscribeText}</p>
<form method="post" action="/unsubscribe" class="wide"><input type="hidden" name="token" value="${token}"><button>${t.unsubscribeButton}</button></form>`,
  )
}

export function askPage(reader: Reader): Html {
  const t = words[reader.language]
  return page(
    { ...reader, title: t.preferences },
    html`<p>${t.preferencesAsk}</p>
<form method="post" action="/preferences" class="wide"><input type="hidden" name="language" value="${reader.language}">
<p><label for="email">${t.email}</label><input type="email" id="email" name="email" required maxlength="254" autocomplete="email"></p>
<button>${t.sendLink}</button></form>`,
  )
}

export interface PreferencesView {
  readonly token: string
  readonly facts: readonly Fact[]
  /** Words of the notice under which the merge can be agreed to again; `undefined` where only a new sign-up can. */
  readonly mergeNotice: string | undefined
  readonly saved: boolean
}

/** Each purpose with its state, and each act one click. */
export function preferencesPage(reader: Reader, { token, facts, mergeNotice, saved }: PreferencesView): Html {
  const { language } = reader
  const t = words[language]
  // All look the same: none of them is pushed.
  const act = (name: string, label: string) =>
    html`<form method="post" action="/preferences"><input type="hidden" name="token" value="${token}"><input type="hidden" name="language" value="${language}"><button name="act" value="${name}" class="quiet">${label}</button></form>`
  const sections = (['P5', 'P4', 'P6'] as const satisfies readonly ContactPurpose[]).map((purpose) => {
    const { name, text } = purposeNames[language][purpose]
    const state = effective(facts, purpose)
    const known = state === 'erased' || state === 'signalled' ? 'unknown' : state
    const open = known === 'granted' || known === 'expired' || known === 'unknown'
    return html`<section aria-labelledby="${purpose}">
<h2 id="${purpose}">${name}</h2>
<p class="soft">${text}</p>
<p class="state">${t.states[known]}</p>
${open ? act(`withdraw_${purpose}`, known === 'granted' ? t.withdraw : t.refuse) : ''}
${purpose === 'P4' && known !== 'objected' ? act('object_P4', t.objectMerge) : ''}
${
  purpose === 'P4' && known !== 'granted' && mergeNotice !== undefined
    ? html`<p>${t.grantMergeText}</p>${quoted(mergeNotice)}${act('grant_P4', t.grantMerge)}`
    : ''
}
</section>`
  })
  const everything = ContactPurpose.options.every((each) => effective(facts, each) === 'objected')
  return page(
    { ...reader, title: t.preferences },
    html`${saved ? html`<p role="status">${t.saved}</p>` : ''}${sections}
${
  everything
    ? ''
    : html`<section aria-labelledby="all"><h2 id="all">${t.objectAllTitle}</h2><p class="soft">${t.objectAllText}</p>${act('object_all', t.objectAll)}</section>`
}`,
  )
}
