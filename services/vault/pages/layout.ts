/** The frame of every page for people: one small sheet, no script, nothing from anywhere else, and the headers that keep it so. */

import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Language } from './words.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const style = `
:root{color-scheme:light dark;--paper:#f6f3ec;--sheet:#fffdf8;--ink:#22262b;--soft:#5b5a52;--line:#d9d2c1;--accent:#8a3a20;--on:#fffaf2;--focus:#1d5a8a}
@media(prefers-color-scheme:dark){:root{--paper:#15181b;--sheet:#1d2125;--ink:#ece6da;--soft:#b5ac9b;--line:#3c3f40;--accent:#f0a97f;--on:#22130b;--focus:#8fc3ea}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 "Avenir Next",Avenir,"Segoe UI","Helvetica Neue","Liberation Sans",Arial,sans-serif}
main{max-width:40rem;margin:8vh auto;padding:2.5rem clamp(1.25rem,5vw,3rem);background:var(--sheet);border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:3px}
.house{margin:0 0 2rem;font-size:1.25rem;font-weight:600;color:var(--soft)}
.house,h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Liberation Serif",Georgia,serif;line-height:1.25;font-weight:600;text-wrap:balance}
h1{margin:0 0 1rem;font-size:1.9rem}
h2{margin:0 0 .25rem;font-size:1.2rem}
p{margin:0 0 1rem}
section{padding:1.25rem 0;border-top:1px solid var(--line)}
.state{font-weight:600}
.soft{color:var(--soft)}
blockquote{margin:0 0 1.5rem;padding:.25rem 0 .25rem 1rem;border-left:3px solid var(--line);overflow-wrap:anywhere}
blockquote p:last-child{margin:0}
form{display:inline-block;margin:0 .75rem .5rem 0}
form.wide{display:block;margin:0}
label{display:block;margin-bottom:.25rem;font-weight:600}
input[type=email]{width:100%;padding:.6rem .75rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:3px}
button{padding:.6rem 1.1rem;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:1px solid var(--accent);border-radius:3px;cursor:pointer}
button.quiet{color:var(--ink);background:transparent;border-color:var(--soft)}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
[role=status]{padding:.5rem .75rem;border:1px solid var(--line);background:var(--paper)}
`
const styleHash = createHash('sha256').update(style).digest('base64')

export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
}

export interface Frame {
  readonly language: Language
  readonly title: string
  /** Who speaks. */
  readonly house: string
}

export function page({ language, title, house }: Frame, content: Html): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} · ${house}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<p class="house">${house}</p>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`
}
