// Usage: node node-redis.mjs PORT RESP-VERSION
import { createClient } from 'redis';
import { assert, once, run } from './checks.mjs';

const port = Number(process.argv[2]);
const RESP = Number(process.argv[3]);
const prefix = `nr${RESP}`;
const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP, name: `node-redis-${RESP}` });
await client.connect();
const other = client.duplicate();
await other.connect();

await run({
    async 'strings'() {
        assert.equal(await client.set(`${prefix}:a`, 'value'), 'OK');
        assert.equal(await client.get(`${prefix}:a`), 'value');
        assert.equal(await client.get(`${prefix}:none`), null);
        assert.equal(await client.incrBy(`${prefix}:n`, 41), 41);
        assert.equal(await client.incr(`${prefix}:n`), 42);
        assert.equal(await client.getRange(`${prefix}:a`, 1, 3), 'alu');
        assert.deepEqual(await client.mGet([`${prefix}:a`, `${prefix}:none`]), ['value', null]);
        assert.equal(await client.getDel(`${prefix}:a`), 'value');
        assert.equal(await client.exists(`${prefix}:a`), 0);
    },
    async 'expiry'() {
        await client.set(`${prefix}:e`, 'x', { EX: 100 });
        const ttl = await client.ttl(`${prefix}:e`);
        assert.ok(ttl > 90 && ttl <= 100, `ttl ${ttl}`);
        assert.equal(await client.set(`${prefix}:e`, 'y', { NX: true }), null);
    },
    async 'commands of one turn are pipelined'() {
        const sent = Array.from({ length: 500 }, (_, i) => client.set(`${prefix}:p:${i}`, `${i}`));
        assert.ok((await Promise.all(sent)).every((reply) => reply === 'OK'));
        const got = Array.from({ length: 500 }, (_, i) => client.get(`${prefix}:p:${i}`));
        (await Promise.all(got)).forEach((value, i) => assert.equal(value, `${i}`));
    },
    async 'transactions'() {
        const replies = await client.multi().set(`${prefix}:t`, '1').incr(`${prefix}:t`).get(`${prefix}:t`).exec();
        assert.deepEqual(replies, ['OK', 2, '2']);
        await client.watch(`${prefix}:t`);
        await other.set(`${prefix}:t`, 'changed');
        await assert.rejects(client.multi().set(`${prefix}:t`, 'mine').exec(), { name: /WatchError|Error/ });
        assert.equal(await client.get(`${prefix}:t`), 'changed');
    },
    async 'scan iterator'() {
        const found = new Set();
        for await (const keys of client.scanIterator({ MATCH: `${prefix}:p:*`, COUNT: 100 })) {
            [keys].flat().forEach((key) => found.add(key));
        }
        assert.equal(found.size, 500);
    },
    async 'publish and subscribe'() {
        const subscriber = client.duplicate();
        await subscriber.connect();
        let heard;
        const message = once((resolve) => { heard = resolve; });
        await subscriber.subscribe(`${prefix}:news`, (text, channel) => heard([channel, text]));
        let heardPattern;
        const pmessage = once((resolve) => { heardPattern = resolve; });
        await subscriber.pSubscribe(`${prefix}:*:pattern`, (text, channel) => heardPattern([channel, text]));
        assert.equal(await client.publish(`${prefix}:news`, 'hello'), 1);
        assert.equal(await client.publish(`${prefix}:x:pattern`, 'again'), 1);
        assert.deepEqual(await message, [`${prefix}:news`, 'hello']);
        assert.deepEqual(await pmessage, [`${prefix}:x:pattern`, 'again']);
        await subscriber.unsubscribe();
        await subscriber.close();
    },
    async 'client-side cache'() {
        if (RESP !== 3) return;
        const caching = createClient({
            url: `redis://127.0.0.1:${port}`, RESP, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' },
        });
        await caching.connect();
        for (let round = 0; round < 20; round++) {
            const names = Array.from({ length: 20 }, (_, i) => `${prefix}:cache:${i}`);
            await other.mSet(names.flatMap((name) => [name, `${round}`]));
            await other.hSet(`${prefix}:cache:h`, 'f', `${round}`);
            const current = async () => {
                const values = await Promise.all(names.map((name) => caching.get(name)));
                values.push(await caching.hGet(`${prefix}:cache:h`, 'f'));
                return values.every((value) => value === `${round}`);
            };
            for (let tries = 0; !await current(); tries++) {
                assert.ok(tries < 1000, 'an old value stays in the cache');
                await new Promise((resolve) => { setTimeout(resolve, 2); });
            }
            assert.ok(await current());
        }
        const stats = caching.clientSideCache.stats();
        assert.ok(stats.hitCount >= 400, `${stats.hitCount} hits`);
        await caching.close();
    },
    async 'errors name the command'() {
        await assert.rejects(client.sendCommand(['NOSUCHCOMMAND']), /unknown command 'NOSUCHCOMMAND'/);
        await assert.rejects(client.sendCommand(['GET']), /wrong number of arguments for 'get'/);
    },
    async 'configuration and client list'() {
        const settings = await client.configGet('maxmemory*');
        assert.ok('maxmemory-policy' in settings);
        assert.match(await client.sendCommand(['CLIENT', 'LIST']), new RegExp(`name=node-redis-${RESP}`));
    },
}, async () => { await client.close(); await other.close(); });
