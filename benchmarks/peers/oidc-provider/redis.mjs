// Each entry is one JSON value that expires with it; indexes by user code, by uid and by grant stand beside it. ioredis
// gathers the commands of one turn of the loop into one write.
import Redis from 'ioredis';

const redis = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true });

export class RedisAdapter {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.#key(id);
    const writes = redis.multi();
    writes.set(key, JSON.stringify(payload), 'EX', expiresIn);
    if (payload.userCode) writes.set(`userCode:${payload.userCode}`, key, 'EX', expiresIn);
    if (payload.uid) writes.set(`uid:${payload.uid}`, key, 'EX', expiresIn);
    if (payload.grantId) {
      writes.sadd(`grant:${payload.grantId}`, key);
      writes.expire(`grant:${payload.grantId}`, expiresIn, 'NX');
      writes.expire(`grant:${payload.grantId}`, expiresIn, 'GT');
    }
    await writes.exec();
  }

  async #load(key) {
    const found = key && (await redis.get(key));
    return found ? JSON.parse(found) : undefined;
  }

  async find(id) {
    return this.#load(this.#key(id));
  }

  async findByUserCode(userCode) {
    return this.#load(await redis.get(`userCode:${userCode}`));
  }

  async findByUid(uid) {
    return this.#load(await redis.get(`uid:${uid}`));
  }

  async consume(id) {
    const payload = await this.find(id);
    payload.consumed = Math.floor(Date.now() / 1000);
    await redis.set(this.#key(id), JSON.stringify(payload), 'KEEPTTL');
  }

  async destroy(id) {
    await redis.del(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    const keys = await redis.smembers(`grant:${grantId}`);
    await redis.del(`grant:${grantId}`, ...keys);
  }
}
