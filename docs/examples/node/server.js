// An app in Node that stands behind the proxy and believes only what is signed.
//
//   npm ci
//   ISSUER=https://login.example.com KEY_SET=http://127.0.0.1:8080/.well-known/jwks.json ADDR=127.0.0.1:3000 node server.js
import { createServer } from 'node:http'
import { verifier } from './identity.js'

const verify = verifier({ issuer: process.env.ISSUER, keySet: process.env.KEY_SET })
const [host, port] = (process.env.ADDR ?? '127.0.0.1:3000').split(':')

createServer(async (request, response) => {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  const [slug] = (request.headers.host ?? '').split('.')
  response.setHeader('Cache-Control', 'private, no-store') // one person's page is not another's
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  try {
    const visitor = await verify(token, slug)
    response.end(`${visitor.email} is ${visitor.org_role} of ${visitor.org_id} at ${request.url}\n`)
  } catch (error) {
    console.error('refused:', error.code ?? error.message)
    response.statusCode = 401
    response.end('nobody signed for who you are\n')
  }
}).listen(Number(port), host, () => console.log(`listening on ${host}:${port}`))
