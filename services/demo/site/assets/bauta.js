/** The commands of the snippet, which may arrive later than the page: what is called before waits for it. */

window.bauta ??= (...call) =>
  new Promise((resolve) => {
    call.r = resolve
    window.bauta.q ??= []
    window.bauta.q.push(call)
  })

export const bauta = (...call) => window.bauta(...call)
