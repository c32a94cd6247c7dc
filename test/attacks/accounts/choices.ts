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
import { type Code, callerBy, type Pair, type Session, type World } from './world.ts'

/** Names that nobody else has; few, so that people get in each other's way. */
export type Names = { emails: string[]; usernames: string[] }

const PASSWORDS = [PASSWORD, OTHER_PASSWORD]

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
  identifier(): string {
    const { users } = this.world
    const known = users.flatMap(({ email, username }) => [email, username])
    const all = [...known, ...known, ...known, ...this.names.emails, ...this.names.usernames]
    const identifier = this.one(all, '')
    return this.number(3) === 0 ? identifier.toUpperCase() : identifier
  }

  registered(): string {
    const known = this.world.registrations.flatMap(({ id, email, username }) => [id, email, username])
    return this.one(known, this.email())
  }

  /** Mostly the right ones. */
  digits(codes: (Code | undefined)[]): string {
    const right = this.one(
      codes.flatMap((code) => code?.digits ?? []),
      '000000',
    )
    const older = this.one(this.#service.digits, right)
    return [right, right, right, wrongCode(right), older][this.number(5)] ?? right
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

  refresh(): string {
    const newest = new Set(this.#sessions().map(({ pairs }) => pairs.at(-1)))
    return this.#pair((pair) => newest.has(pair))?.refresh ?? 'none'
  }

  sessionId(): string {
    const { users, ended } = this.world
    return this.one(
      [...users.flatMap(({ sessions }) => sessions), ...ended].map(({ id }) => id),
      'none',
    )
  }
}

/** What can be done; what leads on is named more than once. */
const ACTIONS: ((choose: Chooser) => Action)[] = [
  ...new Array(3).fill((c: Chooser) =>
    register({ email: c.email(), username: c.username(), password: c.password() }),
  ),
  ...new Array(4).fill((c: Chooser) =>
    verify(c.registered(), c.digits(c.world.registrations.map(({ code }) => code))),
  ),
  (c) => resendVerification(c.registered()),
  (c) =>
    checkCode(
      c.registered(),
      c.digits(c.world.registrations.map(({ code }) => code)),
      c.one([undefined, 'verification'], undefined),
    ),
  (c) =>
    checkCode(
      c.identifier(),
      c.digits(c.world.users.map(({ resetCode }) => resetCode)),
      c.one([undefined, 'password_reset'], undefined),
    ),
  (c) => checkUsername(c.username()),
  ...new Array(4).fill((c: Chooser) => logIn(c.identifier(), c.password())),
  ...new Array(4).fill((c: Chooser) => refresh(c.refresh())),
  (c) => refresh(c.access()),
  (c) => logOut(c.access(), true),
  (c) => logOut(c.refresh(), false),
  (c) => readProfile(c.access()),
  (c) => readProfile(c.refresh()),
  (c) => listSessions(c.access()),
  ...new Array(2).fill((c: Chooser) => endSession(c.access(), c.sessionId())),
  (c) => endAllSessions(c.access(), c.number(3) > 0),
  (c) => cleanUp(c.access()),
  ...new Array(2).fill((c: Chooser) => forgetPassword(c.identifier())),
  ...new Array(3).fill((c: Chooser) =>
    resetPassword(c.identifier(), c.digits(c.world.users.map(({ resetCode }) => resetCode)), c.password()),
  ),
  ...new Array(2).fill((c: Chooser) => changePassword(c.access(), c.password(), c.password())),
  ...new Array(2).fill((c: Chooser) => reauthenticate(c.access(), c.password())),
  (c) => changeUsername(c.access(), c.username()),
  ...new Array(2).fill((c: Chooser) => changeEmail(c.access(), c.email())),
  ...new Array(2).fill((c: Chooser) =>
    verifyEmail(c.access(), c.digits(c.world.users.map(({ emailCode }) => emailCode))),
  ),
  (c) => deleteAccount(c.access()),
]

/** Something to do, once it is known what there is. */
export type Choice = (service: Service, names: Names) => Action

export const choice: fc.Arbitrary<Choice> = fc
  .tuple(fc.constantFrom(...ACTIONS), fc.array(fc.nat(9_999), { minLength: 8, maxLength: 8 }))
  .map(
    ([act, numbers]) =>
      (service, names) =>
        act(new Chooser(service, names, numbers)),
  )

/** Around the ends of what ends: grace, repeats, codes, recent sign-ins, tokens, budgets, sessions. */
export const pause: fc.Arbitrary<number> = fc.constantFrom(
  ...[1, 1, 20, 20, 58, 59, 60, 60, 61, 61, 300, 300, 598, 599, 600, 601, 898, 899, 900, 901],
  ...[1_200, 1_798, 1_799, 1_800, 1_801],
  ...[3_599, 3_600, 7_200, 43_000, 86_399, 86_400, 259_200, 604_799, 604_800, 2_500_000],
)
