import { type Action, authorized, misshown, remembered, succeeds, unequal } from './action.ts'
import {
  endSessions,
  holderOf,
  isInTime,
  isLive,
  liveSessions,
  refresh as refreshIn,
  rotate,
  startSession,
  userByIdentifier,
} from './world.ts'

export function logIn(identifier: string, password: string): Action {
  const canonical = identifier.toLowerCase()
  return {
    text: `log in as ${identifier} with ${password}`,
    send: (client) => client.post('/auth/login', { identifier, password }),
    steps: [
      (world, _answer, memo) => {
        const user = userByIdentifier(world, canonical)
        if (user === undefined || user.password !== password) return 'invalid_credentials'
        memo.userId = user.id
        memo.hash = user.hash
        return undefined
      },
      (world, answer, memo) => {
        const found = remembered(world, memo)
        // Changed since it was proved: it is proved anew.
        const user = found?.hash === memo.hash ? found : userByIdentifier(world, canonical)
        if (user === undefined || user.password !== password) return 'invalid_credentials'
        return succeeds(answer, () => {
          startSession(world, user, answer.data)
          return misshown(world, user, answer.data.user)
        })
      },
    ],
  }
}

export function refresh(token: string): Action {
  return {
    text: `refresh ${token.slice(-8)}`,
    send: (client) => client.post('/auth/refresh', { refresh_token: token }),
    steps: [
      (world, answer) => {
        const { outcome, held } = refreshIn(world, token)
        if (held === undefined) return 'invalid_token'
        return succeeds(answer, () => {
          const { session } = held
          if (outcome === 'rotated') rotate(world, session, answer.data)
          const { access, refresh: next } = session.pairs.at(-1) ?? {}
          const given = [answer.data.access_token, answer.data.refresh_token]
          return unequal('tokens', given, [access, next]) ?? misshown(world, held.user, answer.data.user)
        })
      },
    ],
  }
}

/** @param token of either kind */
export function logOut(token: string, isAccess: boolean): Action {
  return {
    text: `log out with ${token.slice(-8)}`,
    send: (client) =>
      isAccess
        ? client.post('/auth/logout', undefined, { token })
        : client.post('/auth/logout', { refresh_token: token }),
    steps: [
      (world, answer) => {
        const held = holderOf(world, token)
        if (held !== undefined && isInTime(world, held.pair, token))
          endSessions(world, held.user, ({ id }) => id === held.session.id)
        return succeeds(answer)
      },
    ],
  }
}

export function readProfile(token: string): Action {
  return {
    text: `read the profile with ${token.slice(-8)}`,
    send: (client) => client.get('/users/me', { token }),
    steps: [
      authorized(token, (world, { user }, answer) =>
        succeeds(answer, () => misshown(world, user, answer.data)),
      ),
    ],
  }
}

export function listSessions(token: string): Action {
  return {
    text: `list the sessions with ${token.slice(-8)}`,
    send: (client) => client.get('/sessions', { token }),
    steps: [
      authorized(token, (world, { user, session }, answer) =>
        succeeds(answer, () => {
          const shown = answer.data.sessions.map(
            ({ id, is_current }: { id: string; is_current: boolean }) => [id, is_current],
          )
          const live = liveSessions(world, user).map(({ id }) => [id, id === session.id])
          return unequal('sessions', shown.sort(), live.sort())
        }),
      ),
    ],
  }
}

export function endSession(token: string, sessionId: string): Action {
  return {
    text: `end session ${sessionId} with ${token.slice(-8)}`,
    send: (client) => client.delete(`/sessions/${sessionId}`, { token }),
    steps: [
      authorized(token, () => undefined),
      (world, answer, memo) => {
        const user = remembered(world, memo)
        const session = user?.sessions.find(({ id }) => id === sessionId)
        if (user === undefined || session === undefined) return 'session_not_found'
        // One that has expired may have been pruned.
        if (!isLive(world, session) && answer.status === 404) return 'session_not_found'
        endSessions(world, user, ({ id }) => id === sessionId)
        return succeeds(answer)
      },
    ],
  }
}

export function endAllSessions(token: string, keepCurrent: boolean): Action {
  return {
    text: `end all ${keepCurrent ? 'other ' : ''}sessions with ${token.slice(-8)}`,
    send: (client) => client.delete(`/sessions?keep_current=${keepCurrent}`, { token }),
    steps: [
      authorized(token, () => undefined),
      (world, answer, memo) => {
        const user = remembered(world, memo)
        if (user === undefined) return succeeds(answer)
        const ends = liveSessions(world, user).filter(({ id }) => !keepCurrent || id !== memo.sessionId)
        endSessions(world, user, (session) => ends.includes(session))
        return succeeds(answer, () => unequal('deleted', answer.data.deleted, ends.length))
      },
    ],
  }
}

export function cleanUp(token: string): Action {
  return {
    text: `remove the expired sessions with ${token.slice(-8)}`,
    send: (client) => client.post('/sessions/cleanup', undefined, { token }),
    steps: [authorized(token, (_world, _held, answer) => succeeds(answer))],
  }
}
