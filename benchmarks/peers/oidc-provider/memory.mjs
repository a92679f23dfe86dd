// Everything in one Map. oidc-provider's own memory adapter forgets beyond a thousand entries, so it can't hold 100,000 codes.
const entries = new Map();

export class MemoryAdapter {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    const key = this.#key(id);
    if (payload.userCode) entries.set(`userCode:${payload.userCode}`, key);
    if (payload.uid) entries.set(`uid:${payload.uid}`, key);
    if (payload.grantId) {
      const granted = entries.get(`grant:${payload.grantId}`) ?? new Set();
      entries.set(`grant:${payload.grantId}`, granted.add(key));
    }
    entries.set(key, payload);
  }

  async find(id) {
    return entries.get(this.#key(id));
  }

  async findByUserCode(userCode) {
    return entries.get(entries.get(`userCode:${userCode}`));
  }

  async findByUid(uid) {
    return entries.get(entries.get(`uid:${uid}`));
  }

  async consume(id) {
    entries.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of entries.get(`grant:${grantId}`) ?? []) entries.delete(key);
    entries.delete(`grant:${grantId}`);
  }
}
