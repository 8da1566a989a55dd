/** The mails: as text, and the same as a page without pictures, scripts or anything that reports back. */

import { html } from 'hono/html'
import type { Mail } from '../../../infra/ports/mail.ts'
import { type Language, type Words, words } from './words.ts'

type Kind = 'confirm' | 'welcome' | 'preferences'

export interface Letter {
  readonly kind: Kind
  readonly to: string
  readonly language: Language
  readonly house: string
  readonly link: string
  readonly headers: Readonly<Record<string, string>>
}

export async function mailOf({ kind, to, language, house, link, headers }: Letter): Promise<Mail> {
  const t: Words['mail'] = words[language].mail
  const subject = t[`${kind}Subject`]
  const [text, button, ignore] = [t[`${kind}Text`], t[`${kind}Button`], t[`${kind}Ignore`]]
  const page = await html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head>
<body style="margin:0;padding:24px;background:#f6f3ec;color:#22262b;font:17px/1.6 'Avenir Next','Segoe UI',Helvetica,Arial,sans-serif">
<main style="max-width:560px;margin:0 auto;padding:32px;background:#fffdf8;border:1px solid #d9d2c1;border-top:4px solid #8a3a20">
<p style="margin:0 0 24px;color:#5b5a52">${house}</p>
<h1 style="margin:0 0 16px;font:600 26px/1.25 Palatino,Georgia,serif">${subject}</h1>
<p>${t.greeting}</p>
<p>${text}</p>
<p style="margin:28px 0"><a href="${link}" style="display:inline-block;padding:12px 20px;background:#8a3a20;color:#fffaf2;text-decoration:none;font-weight:600;border-radius:3px">${button}</a></p>
<p style="color:#5b5a52">${ignore}</p>
</main>
</body>
</html>`
  return {
    to,
    subject: `${subject} · ${house}`,
    text: `${t.greeting}\n\n${text}\n\n${button}:\n${link}\n\n${ignore}\n\n${house}\n`,
    html: String(page),
    headers,
  }
}
