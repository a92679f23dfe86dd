// better-auth with its plugin for devices, in memory: node better_auth.mjs PORT
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { bearer, deviceAuthorization } from 'better-auth/plugins';

const port = Number(process.argv[2]);
const tables = { user: [], session: [], account: [], verification: [], deviceCode: [] };
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret of this test alone, which is long enough',
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    bearer(),
    deviceAuthorization({
      verificationUri: '/device',
      interval: '1s',
      expiresIn: '10m',
      validateClient: (id) => id === 'lobby-tv',
    }),
  ],
});
createServer(toNodeHandler(auth)).listen(port, '127.0.0.1', () => console.log('listening'));
