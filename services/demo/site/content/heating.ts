/** Articles about heating. They say what they are about in data-interests. */

import type { Article } from './article.ts'

export const heating: readonly Article[] = [
  {
    topic: 'heating',
    slug: 'heat-pump-old-house',
    author: 'Hedda Bruns',
    declares: { data: ['heat-pump'] },
    product: 'heat-pump-special',
    text: {
      de: {
        title: 'Wärmepumpe, Baujahr 1931',
        lead: 'Dicke Mauern, alte Heizkörper, keine Fußbodenheizung: Es geht. Ein Hausbesuch im zweiten Winter.',
        body: `
Das Haus steht in Celle, Backstein, anderthalb Geschosse, 142 Quadratmeter. Vor der Wärmepumpe lief ein Gaskessel mit 68 Grad Vorlauf, weil das immer so war. Der wichtigste Schritt kostete nichts: Familie Oltmanns drehte den Kessel einen Winter lang herunter, jede Woche zwei Grad. Bei 52 wurde es in zwei Zimmern kühl. Dort hängen heute größere Heizkörper.

## Zahlen aus dem Keller

Im ersten Jahr brauchte die Pumpe 5.100 Kilowattstunden Strom und machte daraus 17.900 Kilowattstunden Wärme. Das ist eine Jahresarbeitszahl von 3,5. Im kältesten Januar seit Langem waren es 2,6.

> Der wichtigste Schritt kostete nichts.

Das Außengerät steht hinter der Garage, vier Meter vom Schlafzimmer. Man hört es, wenn man danach horcht. Der Kessel ist verschrottet, der Schornstein bekommt im Frühjahr eine Kletterrose.`,
      },
      en: {
        title: 'Heat pump, built in 1931',
        lead: 'Thick walls, old radiators, no underfloor heating: it can be done. A house call in the second winter.',
        body: `
The house stands in Celle, brick, a floor and a half, 142 square metres. Before the heat pump a gas boiler ran at a flow temperature of 68 degrees because it always had. The most important step was free: for one winter the Oltmanns family turned the boiler down, two degrees every week. At 52 two rooms grew cool. Those two have larger radiators now.

## Numbers from the cellar

In its first year the pump used 5,100 kilowatt hours of electricity and made 17,900 kilowatt hours of heat from them. That is a seasonal factor of 3.5. In the coldest January for a long time it was 2.6.

> The most important step was free.

The outdoor unit stands behind the garage, four metres from the bedroom. You hear it if you listen for it. The boiler is scrap, and in spring the chimney gets a climbing rose.`,
      },
    },
  },
  {
    topic: 'heating',
    slug: 'flow-temperature',
    author: 'Hedda Bruns',
    declares: { data: ['heating'] },
    product: 'thermostat-trio',
    text: {
      de: {
        title: 'Die Kunst des lauen Wassers',
        lead: 'Zwei Grad weniger Vorlauf sparen oft mehr als ein neues Gerät. Eine Anleitung für drei Abende.',
        body: `
Heizungen werden so eingestellt, dass sich niemand beschwert. Also zu heiß. Wer einmal an der Heizkurve dreht und dann sieben Tage wartet, erfährt mehr über sein Haus als in jedem Gutachten.

## Erster Abend: alles auf

Alle Thermostate ganz öffnen, auch im Flur. Nur so zeigt sich, was die Kurve selbst leistet.

## Zweiter Abend: langsam herunter

Die Kurve um eine Stufe senken und in jedem Zimmer die Temperatur aufschreiben, morgens und abends. Wird ein Raum zu kühl, ist er der Engpass, nicht das Haus.

> Wird ein Raum zu kühl, ist er der Engpass, nicht das Haus.

## Dritter Abend: abgleichen

In den zu warmen Zimmern den Durchfluss drosseln, damit mehr Wasser beim kühlen ankommt. Das heißt hydraulischer Abgleich und ist in seiner einfachsten Form ein Inbusschlüssel und Geduld.`,
      },
      en: {
        title: 'The art of lukewarm water',
        lead: 'Two degrees less in the pipes often save more than a new boiler. Instructions for three evenings.',
        body: `
Heating systems are set so that nobody complains. That is to say, too hot. Turn down the heating curve once, wait seven days, and you will learn more about your house than from any survey.

## First evening: open everything

Open all thermostats fully, in the hall too. Only then do you see what the curve does by itself.

## Second evening: slowly down

Lower the curve by one step and write down the temperature of every room, morning and night. If one room grows too cool, that room is the bottleneck, not the house.

> If one room grows too cool, that room is the bottleneck, not the house.

## Third evening: balance

Throttle the flow in rooms that are too warm, so that more water reaches the cool one. Engineers call it hydraulic balancing. In its simplest form it is a hex key and patience.`,
      },
    },
  },
]
