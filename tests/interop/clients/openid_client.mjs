// openid-client: each flow as its README has it.
import { importJWK, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { check, converse, visit } from './conversation.mjs'

const issuer = new URL(process.argv[2])

const authentication = async ({ secret, jwk, method }) => {
  if (jwk) return oidc.PrivateKeyJwt({ key: await importJWK(jwk, 'ES256'), kid: jwk.kid })
  if (!secret) return oidc.None()
  return method === 'client_secret_basic' ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret)
}

const discovered = async ({ client }) => {
  const metadata = client.algorithm ? { id_token_signed_response_alg: client.algorithm } : {}
  const config = await oidc.discovery(issuer, client.id, metadata, await authentication(client))
  oidc.enableNonRepudiationChecks(config) // verifies the id_token's signature too
  return config
}

const dpop = async (config, wanted) =>
  wanted ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) } : undefined

/** What every person's tokens are good for, and that they end. */
const lived = async (config, tokens, proof) => {
  const { sub } = tokens.claims()
  const who = await oidc.fetchUserInfo(config, tokens.access_token, sub, proof)
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, proof)
  check(next.refresh_token !== tokens.refresh_token, 'another refresh token')
  await oidc.fetchUserInfo(config, next.access_token, sub, proof)
  await oidc.tokenRevocation(config, next.refresh_token)
  let refused
  try {
    await oidc.refreshTokenGrant(config, next.refresh_token, undefined, proof)
  } catch (error) {
    refused = error.error
  }
  return { who, scope: tokens.scope, token_type: tokens.token_type, refused, next_scope: next.scope }
}

const device = async (asked) => {
  const config = await discovered(asked)
  const proof = await dpop(config, asked.dpop)
  const named = proof ? { dpop_jkt: await proof.DPoP.calculateThumbprint() } : {}
  const codes = await oidc.initiateDeviceAuthorization(config, { scope: asked.scope, ...named })
  await visit(codes.verification_uri_complete, asked.decision)
  const tokens = await oidc.pollDeviceAuthorizationGrant(config, codes, undefined, proof)
  return lived(config, tokens, proof)
}

const authorized = async (asked, config, proof) => {
  const verifier = oidc.randomPKCECodeVerifier()
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
  const parameters = {
    redirect_uri: asked.redirect_uri,
    scope: asked.scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...asked.extra,
  }
  const url = asked.pushed
    ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, proof)
    : oidc.buildAuthorizationUrl(config, parameters)
  const location = new URL(await visit(url, asked.decision))
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  return oidc.authorizationCodeGrant(config, location, checks, undefined, proof)
}

await converse({
  device,
  denied_device: async (asked) => {
    try {
      await device({ ...asked, decision: 'deny' })
    } catch (error) {
      return { error: error.error }
    }
  },
  code: async (asked) => {
    const config = await discovered(asked)
    const proof = await dpop(config, asked.dpop)
    const tokens = await authorized(asked, config, proof)
    return { ...(await lived(config, tokens, proof)), claims: tokens.claims() }
  },
  denied_code: async (asked) => {
    try {
      await authorized({ ...asked, decision: 'deny', extra: { prompt: 'consent' } }, await discovered(asked))
    } catch (error) {
      return { error: error.error }
    }
  },
  client_credentials: async (asked) => {
    const config = await discovered(asked)
    const proof = await dpop(config, asked.dpop)
    const tokens = await oidc.clientCredentialsGrant(config, { scope: asked.scope }, proof)
    const told = await oidc.tokenIntrospection(config, tokens.access_token)
    await oidc.tokenRevocation(config, tokens.access_token)
    const after = await oidc.tokenIntrospection(config, tokens.access_token)
    return { told, after, token_type: tokens.token_type }
  },
  jwt_bearer: async (asked) => {
    const config = await discovered(asked)
    const assertion = await new SignJWT({ jti: oidc.randomState() })
      .setProtectedHeader({ alg: 'ES256', kid: asked.asserter.kid })
      .setIssuer(asked.asserter_name)
      .setSubject('alice')
      .setAudience(config.serverMetadata().issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(await importJWK(asked.asserter, 'ES256'))
    const tokens = await oidc.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:jwt-bearer', {
      assertion,
      scope: asked.scope,
    })
    return { who: await oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck) }
  },
  register: async (asked) => {
    const config = await oidc.dynamicClientRegistration(
      issuer,
      asked.metadata,
      oidc.ClientSecretBasic(),
      { initialAccessToken: asked.token },
    )
    oidc.enableNonRepudiationChecks(config)
    const tokens = await authorized(asked, config)
    return { client: config.clientMetadata(), ...(await lived(config, tokens)) }
  },
  logout: async (asked) => {
    const config = await discovered(asked)
    const tokens = await authorized(asked, config)
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'https://app.example/',
      state: 'kept',
    })
    return { location: await visit(url) }
  },
})
