/** Articles about solar power. Their path says what they are about. */

import type { Article } from './article.ts'

export const solar: readonly Article[] = [
  {
    topic: 'solar',
    slug: 'balcony-first-summer',
    author: 'Marta Lindqvist',
    declares: {},
    product: 'morning-800',
    download: {
      file: 'balcony-checklist',
      label: { de: 'Checkliste fürs Balkonkraftwerk (PDF)', en: 'Checklist for balcony solar (PDF)' },
    },
    outbound: {
      url: 'https://www.marktstammdatenregister.de/',
      label: { de: 'Zum Marktstammdatenregister', en: 'To the German register of power plants' },
    },
    text: {
      de: {
        title: 'Ein Sommer am Geländer',
        lead: 'Zwei Module, ein Stecker, dritter Stock nach Südwest: was ein Balkonkraftwerk in sechs Monaten wirklich geliefert hat.',
        body: `
Im April hing es, nach einem Vormittag mit zwei Nachbarn und einem Drehmomentschlüssel. Im Oktober haben wir den Zähler abgelesen: 318 Kilowattstunden, davon rund drei Viertel selbst verbraucht. Der Kühlschrank, der Router und ein Rechner im Homeoffice nehmen tagsüber fast alles ab.

## Was gut war

Der beste Monat war nicht der Juli, sondern der Mai. Module mögen es kühl. Und ein steiler Winkel, am Geländer unvermeidlich, hilft genau dann, wenn die Sonne tief steht: morgens, abends, im Herbst.

> Der beste Monat war nicht der Juli, sondern der Mai.

## Was wir anders machen würden

- Die Halterung vorher mit der Hausverwaltung besprechen, schriftlich und mit Foto.
- Ein Messgerät in die Steckdose setzen. Was man nicht sieht, verschiebt man nicht.
- Die Waschmaschine auf den Mittag stellen, nicht auf den Feierabend.

Die Anmeldung im Marktstammdatenregister dauerte elf Minuten. Mehr Bürokratie war nicht.`,
      },
      en: {
        title: 'One summer on the railing',
        lead: 'Two modules, one plug, third floor facing south-west: what a balcony power plant really delivered in six months.',
        body: `
It went up in April, after a morning with two neighbours and a torque wrench. In October we read the meter: 318 kilowatt hours, about three quarters of them used at home. The fridge, the router and one computer take nearly all there is during the day.

## What went well

The best month was not July but May. Modules like it cool. And a steep angle, which a railing forces on you anyway, helps just when the sun is low: mornings, evenings, autumn.

> The best month was not July but May.

## What we would do differently

- Talk to the building's management first, in writing and with a photograph.
- Put a meter into the socket. What you cannot see, you will not shift.
- Set the washing machine for noon, not for after work.

Entering it in the official register took eleven minutes. That was all the paperwork there was.`,
      },
    },
  },
  {
    topic: 'solar',
    slug: 'east-west-roof',
    author: 'Jonas Feld',
    declares: {},
    text: {
      de: {
        title: 'Lob des Ost-West-Dachs',
        lead: 'Lange galt nur der Süden. Wer den Strom selbst braucht, ist mit zwei halben Dächern oft besser dran.',
        body: `
Ein Süddach liefert eine schöne Kurve mit einem hohen Berg am Mittag. Nur ist um eins selten jemand zu Hause, der ihn abträgt. Ein Dach mit einer Seite nach Osten und einer nach Westen liefert übers Jahr etwa ein Zehntel weniger, aber es liefert, wenn gekocht, geduscht und geladen wird.

## Die Rechnung

Entscheidend ist nicht die Ernte, sondern was davon im Haus bleibt. Bei einer vierköpfigen Familie mit Wärmepumpe kamen wir im Modell auf 34 Prozent Eigenverbrauch mit Südmodulen und 41 Prozent mit Ost und West, beide ohne Speicher.

> Entscheidend ist nicht die Ernte, sondern was davon im Haus bleibt.

Dazu kommt der Platz: Wer beide Seiten belegt, bekommt oft die doppelte Zahl Module unter. Nur Schatten verzeiht das Ost-West-Dach so wenig wie jedes andere. Ein Kamin auf der Westseite kostet Abendsonne, und die ist hier die wertvollste.`,
      },
      en: {
        title: 'In praise of the east-west roof',
        lead: 'For years only south would do. If you use the power yourself, two half roofs often serve you better.',
        body: `
A south roof draws a fine curve with a tall hill at noon. But at one o'clock there is rarely anyone at home to climb it. A roof with one side to the east and one to the west yields about a tenth less over the year, yet it yields while people cook, shower and charge.

## Doing the sums

What counts is not the harvest but how much of it stays in the house. For a family of four with a heat pump our model gave 34 per cent own use with modules facing south and 41 per cent with east and west, both without a battery.

> What counts is not the harvest but how much of it stays in the house.

Then there is room: cover both sides and you often fit twice the modules. Shade is forgiven here as little as anywhere. A chimney on the west side costs evening sun, and that is the sun you most want.`,
      },
    },
  },
  {
    topic: 'solar',
    slug: 'four-decisions',
    author: 'Jonas Feld',
    declares: {},
    product: 'drawer-battery',
    text: {
      de: {
        title: 'Vier Entscheidungen vor dem Angebot',
        lead: 'Wer sie vorher trifft, vergleicht danach Angebote statt Verkäufer.',
        body: `
Solarteure fragen nach Dachfläche und Verbrauch. Die Fragen, die Geld kosten oder sparen, kommen selten vor. Vier davon lassen sich am Küchentisch klären.

- Wie viel Dach? Fast immer: alles, was sinnvoll passt. Gerüst und Elektriker kosten bei acht Modulen so viel wie bei zwanzig.
- Speicher sofort oder später? Später ist vernünftig, wenn der Wechselrichter ihn schon versteht.
- Notstrom? Erst überlegen, was bei Ausfall wirklich laufen soll. Für Licht und Router genügt weniger, als man denkt.
- Wer misst? Ein Zähler, den man selbst auslesen darf, ist mehr wert als die hübscheste App.

> Gerüst und Elektriker kosten bei acht Modulen so viel wie bei zwanzig.

Schreiben Sie die Antworten auf ein Blatt und legen Sie es jeder Anfrage bei. Drei Angebote, die dasselbe anbieten, lassen sich in einer Viertelstunde vergleichen. Drei verschiedene gar nicht.`,
      },
      en: {
        title: 'Four decisions before the quote',
        lead: 'Make them first, and afterwards you compare quotes instead of salespeople.',
        body: `
Installers ask about roof area and consumption. The questions that cost or save money seldom come up. Four of them can be settled at the kitchen table.

- How much roof? Nearly always: all that sensibly fits. Scaffolding and electrician cost as much for eight modules as for twenty.
- Battery now or later? Later is reasonable if the inverter already understands one.
- Backup power? Think first about what must really run in an outage. Lights and a router need less than one expects.
- Who measures? A meter you may read yourself is worth more than the prettiest app.

> Scaffolding and electrician cost as much for eight modules as for twenty.

Write the answers on a sheet and send it along with every request. Three quotes for the same thing can be compared in a quarter of an hour. Three for different things cannot be compared at all.`,
      },
    },
  },
]
