/** The product in the form that is asked for: all services in this process on embedded engines, or each in its own on those of `npm run engines`. */

import { overDistributed } from '../engines/found-engines.ts'
import { installDistributed } from './distributed-product.ts'
import { installEmbedded } from './embedded-product.ts'
import type { Product } from './product.ts'

export const installProduct = (): Promise<Product> => (overDistributed() ? installDistributed() : installEmbedded())
