/** The scripts of a page; each does nothing where its part of the page is not there. What is allowed is known first. */

import './banner.js'
import './shop.js'
import './reading.js'
import './newsletter.js'
import './login.js'
import './about-me.js'
