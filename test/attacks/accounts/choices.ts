import fc from 'fast-check'
import { OTHER_PASSWORD, PASSWORD, wrongCode } from '../../people.ts'
import {
  changeEmail,
  changePassword,
  changeUsername,
  deleteAccount,
  forgetPassword,
  reauthenticate,
  resetPassword,
  verifyEmail,
} from './account.ts'
import type { Action } from './action.ts'
import { checkCode, checkUsername, register, resendVerification, verify } from './registering.ts'
import type { Service } from './service.ts'
import {
  cleanUp,
  endAllSessions,
  endSession,
  listSessions,
  logIn,
  logOut,
  readProfile,
  refresh,
} from './signing-in.ts'
import {
  type Code,
  callerBy,
  codesOf,
  holderOf,
  type Pair,
  type Registration,
  type Session,
  type User,
  type World,
} from './world.ts'

/** Names that nobody else has; few, so that people get in each other's way. */
export type Names = { emails: string[]; usernames: string[] }

const PASSWORDS = [PASSWORD, OTHER_PASSWORD]
/** As many as any action asks for. */
const NUMBERS = 16

/** Chooses among what is there; a number means the same again in the same world. */
class Chooser {
  readonly #service: Service
  readonly names: Names
  readonly #numbers: number[]

  constructor(service: Service, names: Names, numbers: number[]) {
    this.#service = service
    this.names = names
    this.#numbers = [...numbers]
  }

  get world(): World {
    return this.#service.world
  }

  number(below: number): number {
    return (this.#numbers.shift() ?? 0) % below
  }

  one<T>(list: T[], otherwise: T): T {
    return list[this.number(Math.max(1, list.length))] ?? otherwise
  }

  email(): string {
    return this.one(this.names.emails, '')
  }

  username(): string {
    return this.one(this.names.usernames, '')
  }

  password(): string {
    return this.one(PASSWORDS, '')
  }

  /** An address or a username, mostly of somebody. */
  identifier(user = this.one<User | undefined>(this.world.users, undefined)): string {
    const own = [user?.email, user?.username].filter((text) => text !== undefined)
    const any = [...this.names.emails, ...this.names.usernames]
    const identifier = this.one(this.number(8) === 0 ? any : own, this.email())
    return this.number(3) === 0 ? identifier.toUpperCase() : identifier
  }

  /** Mostly the right one. */
  passwordOf(user: User | undefined): string {
    return this.number(4) === 0 ? this.password() : (user?.password ?? this.password())
  }

  holder(token: string): User | undefined {
    return holderOf(this.world, token)?.user
  }

  registration(): Registration | undefined {
    return this.one<Registration | undefined>(this.world.registrations, undefined)
  }

  registered(one: Registration | undefined): string {
    return this.one(
      [one?.id, one?.id, one?.email, one?.username].filter((text) => text !== undefined),
      this.email(),
    )
  }

  /** Mostly somebody who has such a code. */
  userWith(code: 'resetCode' | 'emailCode'): User | undefined {
    const { users } = this.world
    const having = users.filter((user) => user[code] !== undefined)
    return this.one<User | undefined>(this.number(6) === 0 ? users : having, users[0])
  }

  /** Mostly the right ones. */
  digits(code: Code | undefined): string {
    const right = code?.digits ?? '000000'
    const older = this.one(this.#service.digits, right)
    return [right, right, right, right, wrongCode(right), older][this.number(6)] ?? right
  }

  #sessions(): Session[] {
    return this.world.users.flatMap(({ sessions }) => sessions)
  }

  /** Mostly one that fits, else any that there ever was. */
  #pair(fits: (pair: Pair) => boolean): Pair | undefined {
    const ever = [...this.#sessions(), ...this.world.ended].flatMap(({ pairs }) => pairs)
    return this.one(this.number(5) === 0 ? ever : ever.filter(fits), ever[0])
  }

  access(): string {
    return this.#pair(({ access }) => callerBy(this.world, access) !== undefined)?.access ?? 'none'
  }

  accessOf(user: User | undefined): string {
    const own = new Set(user?.sessions.flatMap(({ pairs }) => pairs))
    return (
      this.#pair((pair) => own.has(pair) && callerBy(this.world, pair.access) !== undefined)?.access ?? 'none'
    )
  }

  /** Mostly the newest of a session, or the one before. */
  refresh(): string {
    const age = this.number(3) === 0 ? -2 : -1
    const fitting = new Set(this.#sessions().map(({ pairs }) => pairs.at(age)))
    return this.#pair((pair) => fitting.has(pair))?.refresh ?? 'none'
  }

  sessionId(): string {
    const { users, ended } = this.world
    return this.one(
      [...users.flatMap(({ sessions }) => sessions), ...ended].map(({ id }) => id),
      'none',
    )
  }
}

type Act = (choose: Chooser) => Action

function often(times: number, act: Act): Act[] {
  return new Array(times).fill(act)
}

const actVerify: Act = (c) => {
  const registration = c.registration()
  return verify(c.registered(registration), c.digits(registration?.code))
}

const actCheck: Act = (c) => {
  const registration = c.registration()
  const purpose = c.one([undefined, 'verification' as const], undefined)
  return checkCode(c.registered(registration), c.digits(registration?.code), purpose)
}

const actCheckReset: Act = (c) => {
  const user = c.userWith('resetCode')
  const purpose = c.one([undefined, 'password_reset' as const], undefined)
  return checkCode(c.identifier(user), c.digits(user?.resetCode), purpose)
}

const actLogIn: Act = (c) => {
  const user = c.one<User | undefined>(c.world.users, undefined)
  return logIn(c.identifier(user), c.passwordOf(user))
}

const actReset: Act = (c) => {
  const user = c.userWith('resetCode')
  return resetPassword(c.identifier(user), c.digits(user?.resetCode), c.password())
}

const actChangePassword: Act = (c) => {
  const token = c.access()
  return changePassword(token, c.passwordOf(c.holder(token)), c.password())
}

const actReauthenticate: Act = (c) => {
  const token = c.access()
  return reauthenticate(token, c.passwordOf(c.holder(token)))
}

const actVerifyEmail: Act = (c) => {
  const user = c.userWith('emailCode')
  return verifyEmail(c.accessOf(user), c.digits(user?.emailCode))
}

/** What can be done; what leads on is named more than once. */
const ACTIONS: Act[] = [
  ...often(3, (c) => register({ email: c.email(), username: c.username(), password: c.password() })),
  ...often(4, actVerify),
  (c) => resendVerification(c.registered(c.registration())),
  actCheck,
  actCheckReset,
  (c) => checkUsername(c.username()),
  ...often(5, actLogIn),
  ...often(5, (c) => refresh(c.refresh())),
  (c) => refresh(c.access()),
  (c) => logOut(c.access(), true),
  (c) => logOut(c.refresh(), false),
  ...often(2, (c) => readProfile(c.access())),
  (c) => readProfile(c.refresh()),
  (c) => listSessions(c.access()),
  ...often(2, (c) => endSession(c.access(), c.sessionId())),
  (c) => endAllSessions(c.access(), c.number(3) > 0),
  (c) => cleanUp(c.access()),
  ...often(2, (c) => forgetPassword(c.identifier())),
  ...often(4, actReset),
  ...often(3, actChangePassword),
  ...often(2, actReauthenticate),
  (c) => changeUsername(c.access(), c.username()),
  ...often(2, (c) => changeEmail(c.access(), c.email())),
  ...often(3, actVerifyEmail),
  (c) => deleteAccount(c.access()),
]

/** Something to do, once it is known what there is. */
export type Choice = (service: Service, names: Names) => Action

export const choice: fc.Arbitrary<Choice> = fc
  .tuple(fc.constantFrom(...ACTIONS), fc.array(fc.nat(9_999), { minLength: NUMBERS, maxLength: NUMBERS }))
  .map(
    ([act, numbers]) =>
      (service, names) =>
        act(new Chooser(service, names, numbers)),
  )

/** When something of a world ends by itself. */
function endsOf(world: World): number[] {
  const sessions = world.users.flatMap((user) => user.sessions)
  return [
    ...codesOf(world).map(({ until }) => until),
    ...Object.values(world.spent).map(({ until }) => until),
    ...sessions.flatMap(({ rotatedAt, provedAt, pairs }) => [
      rotatedAt + 60,
      rotatedAt + 60,
      provedAt + 900,
      provedAt + 900,
      rotatedAt + 1_800,
      ...pairs.slice(-1).map(({ refreshUntil }) => refreshUntil),
    ]),
  ].filter((end) => end > world.now + 2)
}

export type Pause = (world: World) => number

/** Some time, mostly until something ends: a second before, just then, or a second after. */
export const pause: fc.Arbitrary<Pause> = fc.oneof(
  fc.constantFrom(1, 20, 300, 1_200, 3_600, 86_400, 2_500_000).map(
    (seconds): Pause =>
      () =>
        seconds,
  ),
  ...[1, 2, 3].map(() =>
    fc.tuple(fc.nat(9_999), fc.constantFrom(-1, 0, 1)).map(
      ([number, by]): Pause =>
        (world) => {
          // The soonest are the likeliest; whatever is done next comes a second later.
          const ends = endsOf(world).sort((a, b) => a - b)
          const end = ends[Math.floor((number / 10_000) ** 2 * ends.length)] ?? world.now + 10
          return end - world.now + by - 1
        },
    ),
  ),
)
