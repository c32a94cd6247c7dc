import type { TestApp } from '../app.ts'
import { send } from '../attacks/fuzz/send.ts'
import { randomIp } from '../client.ts'
import { complaint } from '../complaint.ts'
import { logIn, signUp } from '../people.ts'
import type { HostileRequest } from './requests.ts'
import type { World } from './world.ts'

const AT_ONCE = 8
/** What is tested is the answer, not how soon it comes. */
const PATIENCE_MS = 60_000
/** Of one session, before its limit hides the answers. */
const USES = 400
/** Operations that end the session or the account of the caller, or spend its tries of the password. */
const ENDING = new Set([
  ...['deleteAccount', 'endSessions', 'endSession', 'logOut'],
  ...['changePassword', 'reauthenticate', 'updateProfile'],
])
/** An account may miss its password 100 times a day. */
const TRIES = 80
/** No message is longer, whatever it quotes. */
const MAX_ERROR_LENGTH = 6_000

function quotedBadly(errors: Record<string, string>): string | undefined {
  const text = Object.entries(errors).flat().join('')
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'it quotes what cannot be printed'
  return text.length > MAX_ERROR_LENGTH ? 'it quotes too much' : undefined
}

async function complaintOf(app: TestApp, world: World, token: string, one: HostileRequest) {
  const sent = one.toRequest(world)
  const auth = { authorization: `Bearer ${token}`, 'x-forwarded-for': randomIp() }
  const request = { ...sent, headers: { ...auth, ...sent.headers } }
  const answer = await send(app.url, request, PATIENCE_MS).catch(String)
  if (typeof answer === 'string') return [`${one.title} was not answered: ${answer}`]
  const wrong = complaint(one.operation, answer) ?? quotedBadly({ ...answer.error?.errors })
  if (wrong === undefined) return []
  return [`${one.title}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}: ${wrong}`]
}

/**
 * Sends requests, a few at once, as the world's user; those that end a session as somebody else.
 * @returns what is wrong with the answers
 */
export async function sendAll(
  app: TestApp,
  world: World,
  requests: readonly HostileRequest[],
): Promise<string[]> {
  const complaints: string[] = []
  const { person } = world.trader
  let [token, uses] = [person.accessToken, 0]
  const isEnding = ({ operation }: HostileRequest) => ENDING.has(operation.operationId)
  const others = requests.filter((one) => !isEnding(one))
  for (let from = 0; from < others.length; from += AT_ONCE) {
    uses += AT_ONCE
    if (uses > USES) {
      const { data } = await logIn(app, person)
      token = data.access_token
      uses = 0
    }
    const batch = others.slice(from, from + AT_ONCE)
    complaints.push(...(await Promise.all(batch.map((one) => complaintOf(app, world, token, one)))).flat())
  }
  let { accessToken } = await signUp(app)
  for (const [index, one] of requests.filter(isEnding).entries()) {
    complaints.push(...(await complaintOf(app, world, accessToken, one)))
    const { status } = await world.trader.person.client.get('/users/me', { token: accessToken })
    if (status === 401 || index % TRIES === TRIES - 1) accessToken = (await signUp(app)).accessToken
  }
  return complaints
}
