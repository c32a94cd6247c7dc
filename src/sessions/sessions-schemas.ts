import { Type } from 'typebox'
import type { SessionRow } from '../platform/database/tables.ts'
import { deviceLabel } from '../platform/http/device.ts'

const Timestamp = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-11-22T09:00:00.000Z'] })

const Session = Type.Object({
  id: Type.String({ format: 'uuid', examples: ['01a20575-fd08-7f42-b0a3-69b4f86e5c8d'] }),
  user_agent: Type.String({
    examples: ['Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0'],
  }),
  device: Type.String({ examples: ['Firefox on Windows'] }),
  ip_address: Type.String({ examples: ['192.0.2.7'] }),
  created_at: Timestamp('When it began'),
  last_seen_at: Timestamp('The last sign-in or refresh'),
  expires_at: Timestamp('When it ends unless it is refreshed'),
  is_current: Type.Boolean({ description: 'Whether it is the one that asks' }),
})

export const SessionList = Type.Object({
  sessions: Type.Array(Session),
  total_sessions: Type.Integer({ examples: [1] }),
  message: Type.String({ examples: ['You are signed in on 1 device.'] }),
})

export const EndedMessage = Type.Object({ message: Type.String({ examples: ['The session ended.'] }) })

export const Deleted = Type.Object({
  message: Type.String({ examples: ['All other sessions ended.'] }),
  deleted: Type.Integer({ description: 'How many', examples: [2] }),
})

export function shownSession(session: SessionRow, currentId: string) {
  return {
    id: session.id,
    user_agent: session.user_agent,
    device: deviceLabel(session.user_agent),
    ip_address: session.ip_address,
    created_at: session.created_at.toISOString(),
    last_seen_at: session.rotated_at.toISOString(),
    expires_at: session.expires_at.toISOString(),
    is_current: session.id === currentId,
  }
}
