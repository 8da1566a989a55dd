/** What the shop of the magazine sells. */

import type { Language } from './article.ts'

export interface Product {
  readonly id: string
  /** As the tracking plan lists it. */
  readonly category: 'solar' | 'storage' | 'smart-home' | 'garden' | 'kitchen' | 'heat-pumps'
  /** In euros. */
  readonly price: number
  readonly text: Readonly<
    Record<
      Language,
      { readonly name: string; readonly line: string; readonly body: string; readonly facts: readonly string[] }
    >
  >
}

export const products: readonly Product[] = [
  {
    id: 'morning-800',
    category: 'solar',
    price: 449,
    text: {
      de: {
        name: 'Balkonkraftwerk Morgen 800',
        line: 'Zwei Module, ein Wechselrichter, alle Schrauben.',
        body: `Das Set, mit dem unsere Redaktion einen Sommer lang Strom gemacht hat. Zwei Glas-Glas-Module mit je 440 Watt, ein leiser Wechselrichter mit 800 Watt und eine Halterung, die an runde und eckige Geländer passt. Aufgebaut ist es an einem Vormittag, zu zweit und ohne Bohren.

Die Anleitung haben wir selbst geschrieben, mit Fotos von unserem eigenen Balkon. Sie sagt auch, wann Sie es lassen sollten: bei Geländern, die wackeln, und bei Balkonen, die nach Norden schauen.`,
        facts: ['2 × 440 W Glas-Glas', 'Wechselrichter 800 W', 'Kabel 5 m', '12 Jahre Garantie'],
      },
      en: {
        name: 'Balcony power plant Morning 800',
        line: 'Two modules, one inverter, every screw.',
        body: `The set with which our editors made power for a summer. Two double-glass modules of 440 watts each, a quiet inverter of 800 watts and a mount that fits round and square railings. Two people put it up in a morning, without drilling.

We wrote the manual ourselves, with photographs of our own balcony. It also says when to leave it: with railings that wobble, and with balconies that face north.`,
        facts: ['2 × 440 W double glass', 'Inverter 800 W', 'Cable 5 m', '12-year warranty'],
      },
    },
  },
  {
    id: 'drawer-battery',
    category: 'storage',
    price: 890,
    text: {
      de: {
        name: 'Akku-Schublade 2,2',
        line: 'Der Abend im Regal, 2,2 Kilowattstunden.',
        body: `Ein Speicher, so groß wie eine Kommodenschublade. Er nimmt mittags auf, was das Balkonkraftwerk zu viel macht, und gibt es zum Abendessen zurück. Keine Lüfter, kein Pfeifen, sechs Watt Bereitschaft.

Zwei Schubladen lassen sich stapeln. An der Seite sitzt eine Steckdose, die auch bei Stromausfall liefert: genug für den Kühlschrank und eine Lampe bis zum Morgen.`,
        facts: ['2,2 kWh, Eisenphosphat', '6 W Bereitschaft', 'Steckdose für den Notfall', '22 kg'],
      },
      en: {
        name: 'Drawer battery 2.2',
        line: 'The evening on a shelf, 2.2 kilowatt hours.',
        body: `A battery the size of a drawer. At noon it takes what the balcony plant makes too much of, and gives it back for dinner. No fans, no whine, six watts on standby.

Two drawers can be stacked. A socket on the side works in an outage too: enough for the fridge and a lamp until morning.`,
        facts: ['2.2 kWh, iron phosphate', '6 W standby', 'Socket for outages', '22 kg'],
      },
    },
  },
  {
    id: 'heat-pump-special',
    category: 'heat-pumps',
    price: 14.8,
    text: {
      de: {
        name: 'Sonderheft Wärmepumpe im Altbau',
        line: '116 Seiten, elf Häuser, keine Werbung.',
        body: `Elf Häuser zwischen 1880 und 1978, elf Wärmepumpen, elf Jahresabrechnungen. Wir waren in jedem Keller, haben die Zahlen abgeschrieben und auch die zwei Fälle gedruckt, in denen es nicht geklappt hat.

Dazu ein Heft im Heft zum Herausnehmen: der Test mit dem Thermometer, mit dem Sie an drei Abenden herausfinden, ob Ihr Haus bereit ist.`,
        facts: ['116 Seiten', 'Fadenheftung', 'Recyclingpapier', 'Versand als Büchersendung'],
      },
      en: {
        name: 'Special issue Heat pumps in old houses',
        line: '116 pages, eleven houses, no advertising.',
        body: `Eleven houses built between 1880 and 1978, eleven heat pumps, eleven annual bills. We went into every cellar, copied the numbers, and printed the two cases where it did not work as well.

With a booklet to take out: the thermometer test that tells you in three evenings whether your house is ready. The text is in German, the figures speak for themselves.`,
        facts: ['116 pages', 'Thread-sewn', 'Recycled paper', 'Sent by book post'],
      },
    },
  },
  {
    id: 'thermostat-trio',
    category: 'smart-home',
    price: 129,
    text: {
      de: {
        name: 'Thermostat-Trio',
        line: 'Drei Köpfe, die ohne Konto auskommen.',
        body: `Drei Heizkörperthermostate, die miteinander reden und mit sonst niemandem. Das Programm stellt man am Rad ein, die Fenstererkennung ist eingebaut. Keine App, kein Konto, keine Wolke.

Wer mehr will, bindet sie über den offenen Funkstandard an die eigene Zentrale an. Die Batterien hielten in unserem Test zwei Winter.`,
        facts: ['3 Stück mit Adaptern', 'Bedienung am Gerät', 'Offener Funkstandard', '2 Winter je Batteriesatz'],
      },
      en: {
        name: 'Thermostat trio',
        line: 'Three heads that need no account.',
        body: `Three radiator thermostats that talk to each other and to nobody else. The programme is set on the dial, and they notice open windows. No app, no account, no cloud.

If you want more, connect them to your own hub over the open radio standard. In our test the batteries lasted two winters.`,
        facts: [
          '3 pieces with adapters',
          'Controls on the device',
          'Open radio standard',
          '2 winters a set of batteries',
        ],
      },
    },
  },
  {
    id: 'rain-barrel',
    category: 'garden',
    price: 179,
    text: {
      de: {
        name: 'Regentonne Lärche, 250 Liter',
        line: 'Vom Küfer, nicht vom Band.',
        body: `Eine Küferei im Schwarzwald baut sie aus Lärchenholz mit verzinkten Reifen. Trocken zieht sich das Holz zusammen, nach dem ersten Regen ist sie dicht. Der Hahn sitzt hoch genug für eine Zehn-Liter-Kanne.

Zum Fallrohr gehört ein Umleiter mit Laubsieb. Im Winter wird er zugedreht und die Tonne gekippt. So behandelt hält sie zwanzig Jahre.`,
        facts: ['250 Liter', 'Lärche, unbehandelt', 'Hahn aus Messing', 'mit Deckel und Umleiter'],
      },
      en: {
        name: 'Rain barrel in larch, 250 litres',
        line: 'From a cooper, not from a conveyor.',
        body: `A cooperage in the Black Forest builds it from larch with galvanised hoops. Dry, the wood draws together; after the first rain it is tight. The tap sits high enough for a ten-litre can.

A diverter with a leaf sieve for the downpipe comes with it. In winter you turn it off and tip the barrel. Treated like this it lasts twenty years.`,
        facts: ['250 litres', 'Larch, untreated', 'Brass tap', 'with lid and diverter'],
      },
    },
  },
  {
    id: 'iron-pan',
    category: 'kitchen',
    price: 79,
    text: {
      de: {
        name: 'Eisenpfanne 26',
        line: 'Dicker Boden, kein Brummen auf Induktion.',
        body: `Geschmiedet aus einem Stück, drei Millimeter stark, mit einem Boden, der auch nach hundert Mal Anbraten eben bleibt. Sie kommt eingebrannt und wird mit jedem Bratkartoffelabend besser.

Spülmaschine verträgt sie nicht, Vergessen schon: Rost lässt sich mit Salz und Öl wegreiben. Unsere Köchin hat ihre seit 1994.`,
        facts: ['26 cm, 3 mm Eisen', 'für alle Herde', '1,9 kg', 'in Solingen geschmiedet'],
      },
      en: {
        name: 'Iron pan 26',
        line: 'A thick base, no humming on induction.',
        body: `Forged in one piece, three millimetres thick, with a base that stays flat after a hundred searings. It comes seasoned and gets better with every evening of fried potatoes.

It does not stand the dishwasher, but it does stand forgetting: rust rubs off with salt and oil. Our cook has had hers since 1994.`,
        facts: ['26 cm, 3 mm iron', 'for all hobs', '1.9 kg', 'forged in Solingen'],
      },
    },
  },
]
