/** Articles about home batteries. They say what they are about in JSON-LD keywords, in the language of the page. */

import type { Article } from './article.ts'

export const storage: readonly Article[] = [
  {
    topic: 'storage',
    slug: 'how-big-a-battery',
    author: 'Jonas Feld',
    declares: { keywords: { de: ['Stromspeicher'], en: ['Home batteries'] } },
    product: 'drawer-battery',
    text: {
      de: {
        title: 'Wie viel Nacht passt in den Keller?',
        lead: 'Der richtige Stromspeicher ist kleiner, als der Prospekt meint, und größer, als der Nachbar hat.',
        body: `
Ein Speicher verschiebt den Mittag in den Abend. Mehr nicht. Den Sommer in den Winter verschiebt er nicht, auch wenn manche Anzeige so klingt. Darum richtet sich seine Größe nach der Nacht: Wie viel Strom braucht das Haus zwischen Sonnenuntergang und Frühstück?

## So messen Sie es

Lesen Sie eine Woche lang den Zähler ab, wenn es dunkel wird und wenn der Kaffee läuft. Der Mittelwert ist Ihre Nacht. Bei den meisten Haushalten sind es vier bis sechs Kilowattstunden.

> Ein Speicher verschiebt den Mittag in den Abend. Mehr nicht.

Wer mehr kauft, bezahlt Zellen, die im Sommer nie leer und im Winter nie voll werden. Wer eine Wärmepumpe hat, darf etwas großzügiger sein. Wichtiger als die letzte Kilowattstunde ist, wie viel das Gerät selbst verbraucht: Dreißig Watt Bereitschaft sind im Jahr ein ganzer Monat Nächte.`,
      },
      en: {
        title: 'How much night fits in the cellar?',
        lead: 'The right battery is smaller than the brochure says, and bigger than the one next door.',
        body: `
A battery moves noon into the evening. Nothing more. It does not move summer into winter, however some advertisements sound. So its size follows the night: how much power does the house need between sunset and breakfast?

## How to measure it

For one week, read the meter when it grows dark and when the coffee is on. The average is your night. In most homes it is four to six kilowatt hours.

> A battery moves noon into the evening. Nothing more.

Buy more and you pay for cells that are never empty in summer and never full in winter. With a heat pump you may be a little more generous. More important than the last kilowatt hour is how much the device draws itself: thirty watts on standby add up to a whole month of nights in a year.`,
      },
    },
  },
  {
    topic: 'storage',
    slug: 'the-house-that-stays-lit',
    author: 'Marta Lindqvist',
    declares: { keywords: { de: ['Notstrom'], en: ['Backup power'] } },
    text: {
      de: {
        title: 'Das Haus, das hell bleibt',
        lead: 'Notstrom, Ersatzstrom, Insel: drei Wörter, drei Preise. Was bei einem Ausfall wirklich weiterläuft.',
        body: `
Als im Februar in unserem Viertel der Strom ausfiel, blieben drei Häuser hell. Eines hatte eine Steckdose am Wechselrichter. Eines schaltete nach acht Sekunden um. Eines merkte nichts.

## Die Steckdose

Die billigste Lösung: Am Gerät sitzt eine Buchse, an die man im Ernstfall ein Verlängerungskabel steckt. Das reicht für Kühlschrank, Router und eine Lampe.

## Die Umschaltung

Hier trennt ein Schalter das Haus vom Netz, und der Speicher versorgt ausgewählte Stromkreise oder alle. Wer einen Herd mit drei Phasen will, muss das vorher sagen.

> Eines schaltete nach acht Sekunden um. Eines merkte nichts.

## Die Insel

Nur wenn auch die Sonne den Speicher nachladen darf, hält das Haus länger als eine Nacht. Fragen Sie danach, denn selbstverständlich ist es nicht. Und üben Sie einmal im Jahr: Sicherung aus, Taschenlampe in die Hand, zusehen, was geschieht.`,
      },
      en: {
        title: 'The house that stays lit',
        lead: 'Emergency socket, changeover, island: three words, three prices. What really keeps running in an outage.',
        body: `
When the power failed in our quarter in February, three houses stayed lit. One had a socket on the inverter. One switched over after eight seconds. One noticed nothing.

## The socket

The cheapest way: the device has an outlet into which you plug an extension lead when it matters. That is enough for a fridge, a router and one lamp.

## The changeover

Here a switch parts the house from the grid, and the battery feeds chosen circuits or all of them. If you want a three-phase cooker, say so beforehand.

> One switched over after eight seconds. One noticed nothing.

## The island

Only if the sun may refill the battery does the house last longer than one night. Ask about it, for it does not go without saying. And practise once a year: mains off, torch in hand, see what happens.`,
      },
    },
  },
]
