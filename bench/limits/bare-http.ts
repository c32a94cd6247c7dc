import { createServer } from 'node:http'
import pg from 'pg'

/*
 * The least that can answer who somebody is: Node's own HTTP server and one prepared query by primary key. No token,
 * no check, no validation, no log.
 */

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const server = createServer(async (request, response) => {
  const id = request.url?.slice('/users/'.length)
  const { rows } = await pool.query({
    name: 'user',
    text: 'SELECT id, name, email, username, country_code, phone, created_at, updated_at FROM users WHERE id = $1',
    values: [id],
  })
  response.writeHead(rows.length === 1 ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(rows[0]))
})

server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})
