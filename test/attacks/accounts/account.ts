import { type Action, authorized, type Memo, misshown, remembered, succeeds } from './action.ts'
import { deleteAccount as remove } from './registering.ts'
import {
  endSessions,
  isLive,
  isRecent,
  mayMail,
  mayTry,
  newCode,
  tryCode,
  type User,
  userById,
  userByIdentifier,
  type World,
} from './world.ts'

const DAY = 86_400

export function forgetPassword(identifier: string): Action {
  return {
    text: `forget the password of ${identifier}`,
    send: (client) => client.post('/auth/forgot-password', { identifier }),
    steps: [
      // A job does it, at some time after the answer.
      () => undefined,
      (world, _answer, { serial }) => {
        const user = userByIdentifier(world, identifier.toLowerCase())
        if (user !== undefined && mayMail(world, 'password_reset', user.email)) {
          const mail = { subject: 'Your CrypAlgos password reset code', mentions: '' }
          user.resetCode = newCode(world, { serial, to: user.email, ...mail })
        }
        return 'ok'
      },
    ],
  }
}

function setPassword(user: User, password: string, hash: number): void {
  user.password = password
  user.hash = hash
  user.resetCode = undefined
}

export function resetPassword(identifier: string, digits: string, password: string): Action {
  const canonical = identifier.toLowerCase()
  return {
    text: `reset the password of ${identifier} with ${digits} to ${password}`,
    send: (client) =>
      client.post('/auth/reset-password', { identifier, verification_code: digits, new_password: password }),
    steps: [
      (world, _answer, memo) => {
        if (!mayTry(world, 'password_reset', canonical)) return 'rate_limited'
        const user = userByIdentifier(world, canonical)
        if (user === undefined) return 'invalid_code'
        memo.userId = user.id
        return undefined
      },
      (world, _answer, memo) => {
        const code = tryCode(world, remembered(world, memo)?.resetCode, digits)
        if (code === undefined) return 'invalid_code'
        memo.codeSerial = code.serial
        return undefined
      },
      (world, answer, memo) => {
        const user = remembered(world, memo)
        if (user?.resetCode?.serial !== memo.codeSerial || user === undefined) return 'invalid_code'
        setPassword(user, password, memo.serial)
        user.pending = undefined
        user.emailCode = undefined
        endSessions(world, user, (session) => isLive(world, session))
        return succeeds(answer)
      },
    ],
  }
}

export function changePassword(token: string, current: string, next: string): Action {
  return {
    text: `change the password with ${token.slice(-8)} from ${current} to ${next}`,
    send: (client) =>
      client.put('/users/me/password', { current_password: current, new_password: next }, { token }),
    steps: [
      authorized(token, (_world, { user }) => (user.password === current ? undefined : 'wrong_password')),
      (world, answer, memo) => {
        const user = unchanged(world, memo)
        if (user === undefined) return 'wrong_password'
        setPassword(user, next, memo.serial)
        endSessions(world, user, (session) => session.id !== memo.sessionId && isLive(world, session))
        return succeeds(answer)
      },
    ],
  }
}

/** The user, with the password that was proved. */
function unchanged(world: World, memo: Memo): User | undefined {
  const user = remembered(world, memo)
  return user?.hash === memo.hash ? user : undefined
}

export function reauthenticate(token: string, password: string): Action {
  return {
    text: `prove ${password} again with ${token.slice(-8)}`,
    send: (client) => client.post('/auth/reauthenticate', { password }, { token }),
    steps: [
      authorized(token, (_world, { user }) => (user.password === password ? undefined : 'wrong_password')),
      (world, answer, memo) => {
        const user = unchanged(world, memo)
        if (user === undefined) return 'wrong_password'
        const session = user.sessions.find(({ id }) => id === memo.sessionId)
        if (session !== undefined) session.provedAt = world.now
        return succeeds(answer)
      },
    ],
  }
}

export function changeUsername(token: string, username: string): Action {
  return {
    text: `become ${username} with ${token.slice(-8)}`,
    send: (client) => client.put('/users/me', { username }, { token }),
    steps: [
      authorized(token, (world, { user }, answer) =>
        user.username === username ? succeeds(answer, () => misshown(world, user, answer.data)) : undefined,
      ),
      (world, answer, memo) => {
        const user = remembered(world, memo)
        if (user === undefined) return 'unauthorized'
        const owner = userByIdentifier(world, username.toLowerCase())
        if (owner !== undefined && owner !== user) return 'username_taken'
        user.username = username
        return succeeds(answer, () => misshown(world, user, answer.data))
      },
    ],
  }
}

export function changeEmail(token: string, email: string): Action {
  return {
    text: `change the address with ${token.slice(-8)} to ${email}`,
    send: (client) => client.put('/users/me', { email: ` ${email.toUpperCase()}` }, { token }),
    steps: [
      authorized(token, (world, { user, session }, answer) => {
        if (user.email === email) return succeeds(answer, () => misshown(world, user, answer.data))
        return isRecent(world, session) ? undefined : 'reauthentication_required'
      }),
      (world, answer, memo) => {
        const user = remembered(world, memo)
        const isFree = userByIdentifier(world, email) === undefined
        const mails = mayMail(world, 'email_change', email)
        if (user === undefined) return 'unauthorized'
        user.pending = { email, until: world.now + DAY }
        const mail = { to: email, subject: 'Confirm your new e-mail address at CrypAlgos', mentions: '' }
        if (mails && isFree) user.emailCode = newCode(world, { serial: memo.serial, ...mail })
        return succeeds(answer, () => misshown(world, user, answer.data))
      },
    ],
  }
}

function moveAddress(user: User, email: string): void {
  user.email = email
  user.pending = undefined
  user.emailCode = undefined
  user.resetCode = undefined
}

export function verifyEmail(token: string, digits: string): Action {
  return {
    text: `verify the new address with ${token.slice(-8)} and ${digits}`,
    send: (client) => client.post('/users/me/verify-email', { verification_code: digits }, { token }),
    steps: [
      authorized(token, (world, { user }) =>
        mayTry(world, 'email_change', user.email) ? undefined : 'rate_limited',
      ),
      (world, _answer, memo) => {
        const code = tryCode(world, remembered(world, memo)?.emailCode, digits)
        if (code === undefined) return 'invalid_code'
        memo.codeSerial = code.serial
        return undefined
      },
      (world, answer, memo) => {
        const user = remembered(world, memo)
        const code = user?.emailCode
        if (user === undefined || code === undefined || code.serial !== memo.codeSerial) return 'invalid_code'
        const waits = user.pending !== undefined && world.now < user.pending.until
        if (!waits || user.pending?.email !== code.to) return 'invalid_code'
        if (userByIdentifier(world, code.to) !== undefined) return 'invalid_code'
        moveAddress(user, code.to)
        return succeeds(answer, () => misshown(world, user, answer.data))
      },
    ],
  }
}

export function deleteAccount(token: string): Action {
  return {
    text: `delete the account with ${token.slice(-8)}`,
    send: (client) => client.delete('/users/me', { token }),
    steps: [
      authorized(token, (world, { session }) =>
        isRecent(world, session) ? undefined : 'reauthentication_required',
      ),
      (world, answer, memo) => {
        const user = userById(world, memo.userId ?? '')
        if (user !== undefined) remove(world, user)
        return succeeds(answer)
      },
    ],
  }
}
