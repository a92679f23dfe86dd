// oauth4webapi, which has a function for each request and one that judges its answer.
import { importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { check, converse, visit } from './conversation.mjs'

const issuer = new URL(process.argv[2])

const server = async () =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' }))

const authentication = async ({ secret, jwk }) => {
  if (jwk) return oauth.PrivateKeyJwt({ key: await importJWK(jwk, 'ES256'), kid: jwk.kid })
  return secret ? oauth.ClientSecretBasic(secret) : oauth.None()
}

/** Whatever every flow begins with. */
const begun = async (asked) => {
  const as = await server()
  const client = { client_id: asked.client.id }
  const proof = asked.dpop ? { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) } : {}
  return { as, client, auth: await authentication(asked.client), proof }
}

/** What a resource server makes of the access token: its signature, audience, scope and key (RFC 9068, RFC 9449). */
const judged = async (as, tokens, proof) => {
  const url = new URL('/board/notices', issuer)
  let sent
  const answer = await oauth.protectedResourceRequest(tokens.access_token, 'GET', url, undefined, undefined, {
    ...proof,
    [oauth.customFetch]: (resource, options) => {
      sent = new Request(resource, options)
      return fetch(resource, options)
    },
  })
  check(answer.status === 200, `the board, not ${answer.status}`)
  const found = await oauth.processResourceDiscoveryResponse(
    new URL('/board', issuer),
    await oauth.resourceDiscoveryRequest(new URL('/board', issuer)),
  )
  check(found.authorization_servers.includes(as.issuer), 'the resource to name its authorization server')
  return oauth.validateJwtAccessToken(as, sent, found.resource)
}

const lived = async ({ as, client, auth, proof }, tokens) => {
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)
  const asked = await oauth.userInfoRequest(as, client, tokens.access_token, proof)
  const who = await oauth.processUserInfoResponse(as, client, sub, asked)
  const claims = await judged(as, tokens, proof)
  const refresh = () => oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, proof)
  const next = await oauth.processRefreshTokenResponse(as, client, await refresh())
  const told = await oauth.processIntrospectionResponse(
    as,
    client,
    await oauth.introspectionRequest(as, client, auth, next.access_token),
  )
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, next.refresh_token))
  const after = await oauth.processIntrospectionResponse(
    as,
    client,
    await oauth.introspectionRequest(as, client, auth, next.access_token),
  )
  return { who, claims, told, after }
}

/** A machine has no board of its own, but its token is as good as any. */
const judgedUnsent = async (as, tokens) => {
  const request = new Request(new URL('/board/notices', issuer), {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })
  return oauth.validateJwtAccessToken(as, request, new URL('/board', issuer).href)
}

await converse({
  device: async (asked) => {
    const { as, client, auth, proof } = await begun(asked)
    const named = proof.DPoP ? { dpop_jkt: await proof.DPoP.calculateThumbprint() } : {}
    const codes = await oauth.processDeviceAuthorizationResponse(
      as,
      client,
      await oauth.deviceAuthorizationRequest(as, client, auth, { scope: asked.scope, ...named }),
    )
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        as,
        client,
        await oauth.deviceCodeGrantRequest(as, client, auth, codes.device_code, proof),
      )
    let pending
    try {
      await poll()
    } catch (error) {
      pending = error.error
    }
    await visit(codes.verification_uri_complete)
    return { pending, interval: codes.interval, ...(await lived({ as, client, auth, proof }, await poll())) }
  },
  code: async (asked) => {
    const { as, client, auth, proof } = await begun(asked)
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    let parameters = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: asked.redirect_uri,
      scope: asked.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    if (asked.pushed) {
      const pushed = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, proof)
      const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, pushed)
      parameters = { client_id: client.client_id, request_uri }
    }
    const location = await visit(`${as.authorization_endpoint}?${new URLSearchParams(parameters)}`)
    check(as.authorization_response_iss_parameter_supported, 'a server that promises iss')
    const answer = oauth.validateAuthResponse(as, client, new URL(location), state) // iss and state
    const redeemed = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      answer,
      asked.redirect_uri,
      verifier,
      proof,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(as, redeemed)
    return lived({ as, client, auth, proof }, tokens)
  },
  client_credentials: async (asked) => {
    const { as, client, auth, proof } = await begun(asked)
    const request = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: asked.scope }, proof)
    const tokens = await oauth.processClientCredentialsResponse(as, client, request)
    return { claims: await judgedUnsent(as, tokens) }
  },
})
