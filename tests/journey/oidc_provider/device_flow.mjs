// An OpenID provider with the device flow, and a person who decides at once:
//     node device_flow.mjs PORT LIFETIME
//     curl 'http://127.0.0.1:PORT/-/approve?user_code=WDJB-MJHT'
// What the person does is what the provider's own pages store (lib/actions/code_verification.js and
// lib/shared/authorization_error_handler.js of oidc-provider).
import http from 'node:http';
import Provider from 'oidc-provider';

const [port, lifetime] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const client = (client_id) => ({
  client_id,
  redirect_uris: [],
  response_types: [],
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
});

const provider = new Provider(issuer, {
  clients: [client('lobby-tv'), client('other-tv')],
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
  claims: { openid: ['sub'] },
  cookies: { keys: ['a key of this test alone'] },
  ttl: { DeviceCode: Number(lifetime), AccessToken: 3600, RefreshToken: 86400, Grant: 86400 },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
});
provider.on('server_error', (_, error) => console.error(error));

async function decide(decision, typed) {
  const code = await provider.DeviceCode.findByUserCode(typed.replace(/\W/g, '').toUpperCase());
  if (!code || code.isExpired || code.error || code.accountId || code.inFlight) return 409;
  if (decision === 'deny') {
    Object.assign(code, { error: 'access_denied', errorDescription: 'End-User aborted interaction' });
  } else {
    const grant = new provider.Grant({ accountId: 'alice', clientId: code.clientId });
    grant.addOIDCScope(code.params.scope || 'openid');
    Object.assign(code, {
      accountId: 'alice',
      authTime: Math.floor(Date.now() / 1000),
      grantId: await grant.save(),
      scope: code.params.scope || 'openid',
    });
  }
  await code.save();
  return 204;
}

const respond = provider.callback();
http
  .createServer(async (request, response) => {
    const url = new URL(request.url, issuer);
    if (!url.pathname.startsWith('/-/')) return respond(request, response);
    response.statusCode = await decide(url.pathname.slice(3), url.searchParams.get('user_code') ?? '');
    return response.end();
  })
  .listen(Number(port), '127.0.0.1', () => console.log('listening'));
