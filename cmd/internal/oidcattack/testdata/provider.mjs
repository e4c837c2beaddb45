// A certified provider for one client. Its port, the redirect_uri and the folder of oidc-provider come as arguments;
// a line on standard input changes its keys, and what JSON on it says: conform (OpenID Connect Core 5.4: the address at
// UserInfo alone) and alg. Its end stops the process.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, redirectURI, clientID, clientSecret] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/`));
const { Provider, interactionPolicy } = await import(pathToFileURL(require.resolve('oidc-provider')).href);

const options = { conform: false, alg: 'RS256' };
const kinds = { ES384: ['ec', { namedCurve: 'P-384' }], EdDSA: ['ed25519', {}] };
const key = () => ({
  ...generateKeyPairSync(...(kinds[options.alg] ?? ['rsa', { modulusLength: 2048 }])).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(), use: 'sig', alg: options.alg,
});

// What providers keep is shared, so that one with new keys goes on with the logins of the one before.
const kept = new Map();
class Memory {
  constructor(name) { this.name = name; }
  async upsert(id, payload) { kept.set(`${this.name}:${id}`, payload); }
  async find(id) { return kept.get(`${this.name}:${id}`); }
  async findByUid(uid) { return [...kept].find(([k, v]) => k.startsWith(`${this.name}:`) && v.uid === uid)?.[1]; }
  async consume(id) { kept.get(`${this.name}:${id}`).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(`${this.name}:${id}`); }
  async revokeByGrantId(grant) { for (const [k, v] of kept) if (v.grantId === grant) kept.delete(k); }
}

const cookieKey = randomUUID();
let one;
const server = createServer(async (request, response) => {
  // The development pages know no choice of account: whoever asked for one has made it.
  if (request.method === 'GET' && request.url.startsWith('/interaction/') && !request.url.endsWith('/abort')) {
    const { prompt } = await one.interactionDetails(request, response).catch(() => ({ prompt: {} }));
    if (prompt.name === 'select_account') return one.interactionFinished(request, response, { select_account: {} });
  }
  return one.callback()(request, response);
});

function provider(jwks) {
  const { port } = server.address();
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  one = new Provider(`http://127.0.0.1:${port}`, {
    jwks,
    adapter: Memory,
    clients: [{
      client_id: clientID, client_secret: clientSecret, redirect_uris: [redirectURI], id_token_signed_response_alg: options.alg,
    }],
    enabledJWA: { idTokenSigningAlgValues: [options.alg] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: options.conform, // false: the address in the ID token
    cookies: { keys: [cookieKey] },
    pkce: { required: () => true },
    interactions: { policy },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@acme.test`, email_verified: true, name: id }),
    }),
  });
}

server.listen(0, '127.0.0.1', () => {
  provider({ keys: [key()] });
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line.startsWith('{')) Object.assign(options, JSON.parse(line));
  provider({ keys: [key()] });
  console.log('new keys');
});
lines.on('close', () => process.exit(0));
