/** Articles about mobility. Their path says so; data-interests says which kind. */

import type { Article } from './article.ts'

export const mobility: readonly Article[] = [
  {
    topic: 'mobility',
    slug: 'charging-with-the-sun',
    author: 'Ilka Sander',
    declares: { data: ['e-car'] },
    text: {
      de: {
        title: 'Laden, wenn die Sonne will',
        lead: 'Wer sein Auto mit eigenem Strom fährt, braucht vor allem eines: ein Auto, das mittags zu Hause steht.',
        body: `
Unser Testwagen legt im Jahr 11.000 Kilometer zurück und braucht dafür knapp 1.900 Kilowattstunden. Das Dach liefert 8.400. Auf dem Papier fährt er also mit Sonne. In Wirklichkeit waren es im ersten Jahr 31 Prozent, weil das Auto mittags vor dem Büro stand.

## Was geholfen hat

Zwei Tage Homeoffice brachten mehr als jede Technik. Danach kam die Wallbox, die mit wenig Leistung anfängt und dem Überschuss folgt: von 1,4 Kilowatt aufwärts, einphasig, bei Bedarf auf drei Phasen. Am Ende des zweiten Jahres standen wir bei 58 Prozent.

> Zwei Tage Homeoffice brachten mehr als jede Technik.

## Und nachts?

Nachts aus dem Hausspeicher ins Auto zu laden, ist teuer erkaufter Stolz. Jede Umwandlung kostet, und der Speicher ist leer, bevor der Wagen halb voll ist. Dann lieber ein Tarif, der um zwei Uhr billig ist.`,
      },
      en: {
        title: 'Charging when the sun feels like it',
        lead: 'To drive on your own power you need one thing above all: a car that is at home at noon.',
        body: `
Our test car covers 11,000 kilometres a year and needs just under 1,900 kilowatt hours for them. The roof yields 8,400. On paper, then, it runs on sunshine. In fact it was 31 per cent in the first year, because at noon the car stood outside the office.

## What helped

Two days of working from home did more than any technology. Next came a wallbox that starts low and follows the surplus: from 1.4 kilowatts up, on one phase, on three when needed. At the end of the second year we were at 58 per cent.

> Two days of working from home did more than any technology.

## And at night?

Filling the car from the house battery at night is pride dearly bought. Every conversion costs, and the battery is empty before the car is half full. Better a tariff that is cheap at two in the morning.`,
      },
    },
  },
  {
    topic: 'mobility',
    slug: 'a-year-by-cargo-bike',
    author: 'Ilka Sander',
    declares: { data: ['cargo-bike'] },
    text: {
      de: {
        title: 'Ein Jahr mit dem Lastenrad',
        lead: 'Zwei Kinder, ein Wocheneinkauf, einmal ein Waschbecken: Das Zweitauto ist verkauft, und keiner hat es gemerkt.',
        body: `
Die Frage war nicht, ob ein Lastenrad ein Auto ersetzt. Die Frage war, welche Fahrten. Wir haben drei Monate lang Buch geführt: 71 Prozent unserer Autofahrten waren kürzer als fünf Kilometer, und bei fast allen saß nur eine Person im Wagen.

## Der Winter

Am meisten gefürchtet, am wenigsten schlimm. Gute Handschuhe, ein Verdeck für die Kiste, Reifen mit etwas weniger Druck. An neun Tagen blieb das Rad stehen, meist wegen Glatteis.

> Die Frage war nicht, ob. Die Frage war, welche Fahrten.

## Das Geld

- Rad mit Motor und Kiste: 5.200 Euro, davon 1.000 Euro Zuschuss der Stadt.
- Wartung im ersten Jahr: 310 Euro, vor allem Bremsbeläge.
- Strom: keine 20 Euro.

Für den Urlaub mieten wir ein Auto. Es ist jedes Mal ein anderes, und die Kinder streiten, wer wählen darf.`,
      },
      en: {
        title: 'A year by cargo bike',
        lead: 'Two children, the weekly shop, once a washbasin: the second car is sold and nobody noticed.',
        body: `
The question was not whether a cargo bike replaces a car. The question was which trips. We kept a log for three months: 71 per cent of our drives were shorter than five kilometres, and on nearly all of them one person sat alone in the car.

## Winter

Most feared, least bad. Good gloves, a hood for the box, a little less air in the tyres. On nine days the bike stayed put, mostly for ice.

> The question was not whether. The question was which trips.

## Money

- Bike with motor and box: 5,200 euros, 1,000 of them a grant from the city.
- Servicing in the first year: 310 euros, mainly brake pads.
- Electricity: less than 20 euros.

For holidays we rent a car. It is a different one each time, and the children fight over who may choose.`,
      },
    },
  },
]
