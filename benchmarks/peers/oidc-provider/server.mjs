// oidc-provider as a peer: device flow, rotated refresh tokens, and POST /approve. Access tokens are JWTs signed with ES256, or
// opaque with ACCESS_TOKEN_FORMAT=opaque; only opaque ones can be introspected.
// node server.mjs PORT; REDIS_URL chooses the Redis adapter.
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const adapter = process.env.REDIS_URL
  ? (await import('./redis.mjs')).RedisAdapter
  : (await import('./memory.mjs')).MemoryAdapter;
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const resource = 'https://board.example';
const accessTokenFormat = process.env.ACCESS_TOKEN_FORMAT ?? 'jwt';
const day = 86_400;

const provider = new Provider(issuer, {
  adapter,
  jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256' }] },
  clients: [{
    client_id: 'lobby-tv',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
  }, {
    client_id: process.env.RESOURCE_SERVER,
    client_secret: process.env.RESOURCE_SERVER_SECRET,
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    id_token_signed_response_alg: 'ES256',
  }],
  scopes: ['openid', 'offline_access', 'board:read'],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: accessTokenFormat === 'opaque', allowedPolicy: (_ctx, client) => client.clientId === process.env.RESOURCE_SERVER },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'board:read',
        audience: resource,
        accessTokenFormat,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  ttl: {
    AccessToken: 600, DeviceCode: 1800, Grant: 30 * day, IdToken: 600, RefreshToken: 30 * day, Session: day, Interaction: 3600,
  },
  interactions: { url: () => '/none' },
  cookies: { keys: ['not used here'] },
});
provider.on('server_error', (_ctx, error) => console.error(error));

async function approve(request, response) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const userCode = new URLSearchParams(body).get('user_code');
  // Inside the provider a user code is kept without its dash.
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  const grant = new provider.Grant({ accountId: 'alice', clientId: code.clientId });
  grant.addResourceScope(resource, 'board:read');
  Object.assign(code, {
    accountId: 'alice', grantId: await grant.save(), scope: 'board:read', resource, authTime: Math.floor(Date.now() / 1000),
  });
  await code.save();
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ approved: userCode }));
}

const callback = provider.callback();
http.createServer((request, response) => {
  if (request.url !== '/approve') return callback(request, response);
  return approve(request, response).catch((error) => {
    response.writeHead(500).end(String(error));
  });
}).listen(port, '127.0.0.1');
