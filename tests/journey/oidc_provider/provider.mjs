// An OpenID provider as it is in the world, with its own sign-in and consent pages and no device flow:
//     node provider.mjs PORT REDIRECT_URI CLIENT_SECRET
import Provider from 'oidc-provider';

const [port, redirectUri, clientSecret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'pairgrant',
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  pkce: { required: () => true },
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
  },
  cookies: { keys: ['a key of this test alone'] },
  // Whoever signs in exists; as a text, the subject is not the name.
  findAccount: (_, login) => ({
    accountId: login,
    claims: () => ({
      sub: login,
      name: `${login[0].toUpperCase()}${login.slice(1)} Elsewhere`,
      preferred_username: login,
      email: `${login}@example.org`,
      email_verified: true,
    }),
  }),
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
