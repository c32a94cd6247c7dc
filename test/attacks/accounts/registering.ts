import { type Action, type Memo, misshown, type Step, succeeds, unequal } from './action.ts'
import {
  endSessions,
  mayMail,
  mayTry,
  newCode,
  type Registration,
  registrationBy,
  startSession,
  tryCode,
  type User,
  userByIdentifier,
  type World,
} from './world.ts'

const MAIL = 'Your CrypAlgos verification code'

function codeFor(
  world: World,
  { email, username }: Pick<Registration, 'email' | 'username'>,
  { serial }: Memo,
) {
  return newCode(world, { serial, to: email, subject: MAIL, mentions: username })
}

export function register(person: { email: string; username: string; password: string }): Action {
  const { email, username } = person
  return {
    text: `register ${email} as ${username}`,
    send: (client) =>
      client.post('/auth/register', { name: 'Ada Byron', ...person, email: email.toUpperCase() }),
    steps: [
      (world) =>
        userByIdentifier(world, username.toLowerCase()) === undefined ? undefined : 'username_taken',
      (world, answer, memo) => {
        const code = mayMail(world, 'registration', email) ? codeFor(world, person, memo) : undefined
        return succeeds(answer, () => {
          const { id, email: shown, is_verified } = answer.data.user
          world.registrations.push({ ...person, id, createdAt: world.now, code })
          return unequal('user', [shown, is_verified], [email, false])
        })
      },
    ],
  }
}

/** @param identifier as it is sent; upper case is the same */
export function resendVerification(identifier: string): Action {
  return {
    text: `resend the code of ${identifier}`,
    send: (client) => client.post('/auth/resend-verification', { identifier }),
    steps: [
      // A job does it, at some time after the answer.
      () => undefined,
      (world, _answer, memo) => {
        const registration = registrationBy(world, identifier.toLowerCase())
        if (registration !== undefined && mayMail(world, 'verification', registration.email))
          registration.code = codeFor(world, registration, memo)
        return 'ok'
      },
    ],
  }
}

function findRegistration(world: World, id: string | undefined): Registration | undefined {
  return world.registrations.find((one) => one.id === id)
}

function activate(world: World, { id, email, username, password }: Registration, hash: number): User {
  const user: User = { id, email, username, password, hash, sessions: [] }
  world.users.push(user)
  world.registrations = world.registrations.filter((one) => one.email !== email)
  return user
}

const makeUser: Step = (world, answer, memo) => {
  const registration = findRegistration(world, memo.text)
  if (registration === undefined || registration.code?.serial !== memo.codeSerial) return 'invalid_code'
  const isNameTaken = userByIdentifier(world, registration.username.toLowerCase()) !== undefined
  const isAddressTaken = userByIdentifier(world, registration.email) !== undefined
  // Which of the two the database finds first is its own affair.
  if (isNameTaken && isAddressTaken)
    return answer.error?.code === 'username_taken' ? 'username_taken' : 'invalid_code'
  if (isNameTaken) return 'username_taken'
  if (isAddressTaken) return 'invalid_code'
  return succeeds(answer, () => {
    const user = activate(world, registration, memo.serial)
    startSession(world, user, answer.data)
    return misshown(world, user, answer.data.user)
  })
}

export function verify(identifier: string, digits: string): Action {
  const canonical = identifier.toLowerCase()
  return {
    text: `verify ${identifier} with ${digits}`,
    send: (client) => client.post('/auth/verify', { identifier, verification_code: digits }),
    steps: [
      (world, _answer, memo) => {
        if (!mayTry(world, 'verification', canonical)) return 'rate_limited'
        const registration = registrationBy(world, canonical)
        if (registration === undefined) return 'invalid_code'
        memo.text = registration.id
        return undefined
      },
      (world, _answer, memo) => {
        const code = tryCode(world, findRegistration(world, memo.text)?.code, digits)
        if (code === undefined) return 'invalid_code'
        memo.codeSerial = code.serial
        return undefined
      },
      makeUser,
    ],
  }
}

type Purpose = 'verification' | 'password_reset'

export function checkCode(identifier: string, digits: string, purpose: Purpose | undefined): Action {
  const canonical = identifier.toLowerCase()
  const codeOf = (world: World) => {
    const user = userByIdentifier(world, canonical)
    const meant = purpose ?? (user === undefined ? 'verification' : 'password_reset')
    return meant === 'verification' ? registrationBy(world, canonical)?.code : user?.resetCode
  }
  return {
    text: `check ${digits} of ${identifier} for ${purpose ?? 'either purpose'}`,
    send: (client) =>
      client.post('/auth/check-verification-code', { identifier, verification_code: digits, purpose }),
    steps: [
      (world) => {
        const purposes = purpose === undefined ? ['verification', 'password_reset'] : [purpose]
        return purposes.every((one) => mayTry(world, one, canonical)) ? undefined : 'rate_limited'
      },
      (world, answer) =>
        tryCode(world, codeOf(world), digits) === undefined ? 'invalid_code' : succeeds(answer),
    ],
  }
}

export function checkUsername(username: string): Action {
  return {
    text: `ask whether ${username} is free`,
    send: (client) => client.post('/auth/check-username', { username }),
    steps: [
      (world, answer) =>
        succeeds(answer, () =>
          unequal(
            'available',
            answer.data.available,
            userByIdentifier(world, username.toLowerCase()) === undefined,
          ),
        ),
    ],
  }
}

export function deleteAccount(world: World, user: User): void {
  endSessions(world, user, () => true)
  world.users = world.users.filter((one) => one !== user)
}
