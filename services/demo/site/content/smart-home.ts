/** Articles about smart homes. They say what they are about in data-interests. */

import type { Article } from './article.ts'

export const smartHome: readonly Article[] = [
  {
    topic: 'smart-home',
    slug: 'five-small-automations',
    author: 'Levin Kaya',
    declares: { data: ['smart-home'] },
    product: 'thermostat-trio',
    text: {
      de: {
        title: 'Fünf kleine Automatiken',
        lead: 'Das kluge Haus muss nicht sprechen. Es genügt, wenn es das Licht ausmacht und den Mund hält.',
        body: `
Nach drei Jahren mit zu vielen Geräten sind bei uns fünf Regeln übrig geblieben. Alle laufen auf einem Kästchen im Flur, keine braucht das Internet.

- Fenster auf, Heizkörper zu. Der größte Gewinn für zwölf Euro je Sensor.
- Letztes Telefon aus dem WLAN: Standby-Leiste aus.
- Rollläden auf der Sonnenseite ab 26 Grad halb herunter.
- Waschmaschine fertig: eine Lampe wird grün. Keine Nachricht, nur eine Lampe.
- Nach 23 Uhr im Flur höchstens zehn Prozent Licht.

> Alles, was zwei Erklärungen braucht, haben wir wieder abgebaut.

## Die Regel hinter den Regeln

Jede Automatik muss sich am Schalter überstimmen lassen, von Gästen, ohne Anleitung. Alles, was zwei Erklärungen braucht, haben wir wieder abgebaut. Und gemessen wird nur, was eine Regel auch benutzt. Ein Haus, das alles weiß, ist kein kluges Haus, sondern ein neugieriges.`,
      },
      en: {
        title: 'Five small automations',
        lead: 'A clever house need not talk. It is enough if it turns off the light and keeps quiet.',
        body: `
After three years with too many gadgets, five rules are left. All run on a small box in the hall, none needs the internet.

- Window open, radiator off. The biggest gain, at twelve euros a sensor.
- Last phone gone from the network: standby sockets off.
- Shutters on the sunny side half down from 26 degrees.
- Washing machine done: a lamp turns green. No message, just a lamp.
- After eleven at night, ten per cent light in the hall at most.

> Whatever needs explaining twice, we took down again.

## The rule behind the rules

Every automation must yield to the switch, for guests, without a manual. Whatever needs explaining twice, we took down again. And nothing is measured that no rule uses. A house that knows everything is not clever but nosy.`,
      },
    },
  },
  {
    topic: 'smart-home',
    slug: 'power-by-the-hour',
    author: 'Levin Kaya',
    declares: { data: ['tariffs'] },
    text: {
      de: {
        title: 'Strom nach der Uhr',
        lead: 'Dynamische Tarife belohnen, wer verschieben kann. Wer nicht verschiebt, zahlt die Spannung der anderen.',
        body: `
Um 13 Uhr kostete die Kilowattstunde an einem Junisonntag vier Cent vor Abgaben, um 20 Uhr zwanzig. Wer zu dieser Kurve passt, spart. Die Frage ist, ob Ihr Haus zu ihr passt, und die beantwortet kein Vergleichsportal.

## Für wen es sich lohnt

Für Haushalte mit Auto, Wärmepumpe oder Speicher, also mit etwas Großem, das warten kann. In unserem Versuch sparte ein Haus mit Auto 290 Euro im Jahr, eine Wohnung ohne alles elf.

> Ein Haus mit Auto sparte 290 Euro im Jahr, eine Wohnung ohne alles elf.

## Was man braucht

Einen Zähler, der viertelstündlich misst, und einen Vertrag, den man monatlich kündigen kann. Lesen Sie nach, wer die Messwerte sieht. Ein Lastgang erzählt, wann Sie aufstehen, duschen und verreisen. Der Netzbetreiber braucht Summen, nicht Ihr Leben.`,
      },
      en: {
        title: 'Power by the hour',
        lead: 'Dynamic tariffs reward those who can shift. Those who cannot pay for the suspense of others.',
        body: `
On a Sunday in June a kilowatt hour cost four cents before levies at one o'clock, and twenty at eight in the evening. If you fit that curve, you save. Whether your house fits it, no comparison site can tell you.

## Who gains

Homes with a car, a heat pump or a battery: with something large that can wait. In our trial a house with a car saved 290 euros a year, a flat with nothing of the sort eleven.

> A house with a car saved 290 euros a year, a flat with nothing of the sort eleven.

## What it takes

A meter that counts by the quarter hour, and a contract you can end any month. Read who sees the readings. A load curve tells when you rise, shower and travel. The grid needs sums, not your life.`,
      },
    },
  },
]
