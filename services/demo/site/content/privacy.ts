/** What the site says about the data it processes, in the terms of this demonstration. */

import type { Language } from './article.ts'

export const privacy: Readonly<Record<Language, string>> = {
  de: `
Diese Seite sagt, was geschieht, wenn Sie hier lesen. Sie ist so geschrieben, dass man sie nachprüfen kann.

## Bevor Sie etwas wählen

Nichts. Kein Cookie, kein Speicher, keine Nachricht über Ihr Lesen. Wenn Sie ablehnen, merkt sich Ihr Browser 180 Tage lang ein Wort: „none“. Sonst nichts, keine Nummer und kein Datum.

## Was Sie erlauben können

- P1 Wiedererkennen: ein Cookie mit einer Zufallszahl, höchstens 395 Tage ab dem ersten Setzen, nie verlängert. Skripte können es nicht lesen.
- P2 Statistik: je Aufruf eine Zeile mit Seite, Tag, Dauer, Land, Geräteart und Sprache. Das Kennzeichen darin wechselt täglich, sein Schlüssel wird zwei Tage später vernichtet, die Zeile nach 30 Tagen gelöscht. Ihre IP-Adresse wird gekürzt, bevor irgendetwas sie sieht.
- P3 Interessen: je Kalenderwoche eine Zahl dafür, wie oft ein Thema vorkam. Keine Uhrzeit, keine Adresse der Seite. Nach 13 Wochen werden die Wochen zu Quartalen zusammengefasst, nach 52 gelöscht.

Keiner dieser Zwecke schließt einen anderen ein. Gesundheit geht in kein Profil ein, gleich was Sie wählen. Sendet Ihr Browser ein Signal gegen Profile (Global Privacy Control), gilt es als Nein zu P3; „Do Not Track“ auch als Nein zu P2.

## Newsletter

Ihre Adresse geht nicht an diese Website, sondern an einen getrennten Dienst unter einem anderen Namen. Er kennt Ihr Lesen nicht, und die Website kennt Ihre Adresse nicht.

- P5 Newsletter: gilt erst, wenn Sie den Knopf in der Mail drücken. Zeitpunkt und Adresse der Bestätigung werden als Nachweis aufbewahrt, die IP-Adresse verschlüsselt.
- P4 Passend zu mir: Nur damit, und nur wenn dieser Browser P3 erlaubt, werden Ihre Themen mit Ihrer Adresse zusammengeführt: im Arbeitsspeicher, für einen Versand, als niedrig, mittel oder hoch. An den Versender Musterpost GmbH in Österreich gehen eine Kennung, Vorname, Sprache und höchstens drei Themen.

In Ihre Kundenakte gelangt von Ihrem Lesen nichts.

## Was Sie tun können

Auf „Was diese Website über mich weiß“ sehen Sie Ihr Profil und löschen es, ohne sich auszuweisen: Das Cookie genügt. Unter „Meine Einwilligungen“ sehen und widerrufen Sie, was zu Ihrer Adresse gilt, oder widersprechen ganz. Ein Widerspruch gilt, bis Sie selbst ihn aufheben. Jede Löschung bekommt einen Beleg.

## Der Laden und die Anmeldung

Korb und Name bleiben in diesem Fenster und sind weg, wenn Sie es schließen. Gezählt wird, dass gekauft wurde, ohne Kennzeichen.

## Verantwortlich

Wer diese Vorführung gestartet hat. Es werden keine fremden Server gerufen: keine Schriften, keine Karten, keine Werbung.`,
  en: `
This page says what happens when you read here. It is written so that it can be checked.

## Before you choose

Nothing. No cookie, no storage, no message about your reading. If you refuse, your browser remembers one word for 180 days: “none”. Nothing else, no number and no date.

## What you can allow

- P1 Recognition: a cookie with a random number, for 395 days at most from when it was first set, never renewed. Scripts cannot read it.
- P2 Statistics: one row a view with page, day, duration, country, kind of device and language. The code word in it changes daily, its key is destroyed two days later, the row deleted after 30 days. Your IP address is shortened before anything sees it.
- P3 Interests: for each calendar week a number that says how often a topic came up. No time of day, no address of a page. After 13 weeks the weeks are folded into quarters, after 52 deleted.

None of these purposes includes another. Health enters no profile, whatever you choose. If your browser sends a signal against profiles (Global Privacy Control), it counts as a no to P3; “Do Not Track” as a no to P2 as well.

## Newsletter

Your address does not go to this website but to a separate service under another name. It does not know your reading, and the website does not know your address.

- P5 Newsletter: counts only once you press the button in the mail. The time and address of the confirmation are kept as proof, the IP address encrypted.
- P4 Made to fit: only with it, and only if this browser allows P3, are your topics joined with your address: in working memory, for one mailing, as low, medium or high. What goes to the mailing service, Musterpost GmbH in Austria, is an identifier, first name, language and three topics at most.

Nothing of your reading gets into your customer record.

## What you can do

On “What this site knows about me” you see your profile and delete it without showing who you are: the cookie is enough. Under “My consents” you see and withdraw what stands for your address, or object altogether. An objection holds until you yourself lift it. Every deletion gets a receipt.

## Shop and login

Cart and name stay in this window and are gone when you close it. That somebody bought is counted, without any code word.

## Responsible

Whoever started this demonstration. No other servers are called: no fonts, no maps, no advertising.`,
}
