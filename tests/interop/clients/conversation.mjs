// Lines of JSON with the test that started us: it names a flow, we ask for what a person has to do, and say how it ended.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const heard = async () => {
  const { value, done } = await lines.next()
  return done ? null : JSON.parse(value)
}

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** Where a person's browser ends up from `url`. */
export const visit = async (url, decision = 'approve') => {
  tell({ visit: `${url}`, decision })
  return (await heard()).location
}

export const check = (holds, what) => {
  if (!holds) throw new Error(`expected ${what}`)
}

export const converse = async (flows) => {
  for (let asked = await heard(); asked !== null; asked = await heard()) {
    try {
      tell({ done: (await flows[asked.flow](asked)) ?? {} })
    } catch (error) {
      const cause = error.cause === undefined ? '' : ` (${JSON.stringify(error.cause) ?? error.cause})`
      tell({ failed: `${error.stack}${cause}` })
    }
  }
}
