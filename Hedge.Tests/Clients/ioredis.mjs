// Usage: node ioredis.mjs PORT [CA], with TLS if the certificates of authorities are given
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { assert, once, run } from './checks.mjs';

const port = Number(process.argv[2]);
const tls = process.argv[3] ? { ca: readFileSync(process.argv[3]) } : undefined;
const options = { port, tls, host: '127.0.0.1', connectionName: 'ioredis-checks', maxRetriesPerRequest: 1 };
const redis = new Redis(options);
const other = new Redis({ ...options, db: 1 });

await run({
    async 'strings and buffers'() {
        assert.equal(await redis.set('io:a', 'value'), 'OK');
        assert.equal(await redis.get('io:a'), 'value');
        assert.equal(await redis.get('io:none'), null);
        const bytes = Buffer.from([0, 255, 13, 10, 128]);
        await redis.set('io:bytes', bytes);
        assert.deepEqual(await redis.getBuffer('io:bytes'), bytes);
        assert.equal(await redis.incrby('io:n', 41), 41);
        assert.equal(await redis.incr('io:n'), 42);
        assert.equal(await redis.append('io:a', '!'), 6);
        assert.deepEqual(await redis.mget('io:a', 'io:none', 'io:n'), ['value!', null, '42']);
    },
    async 'expiry'() {
        assert.equal(await redis.set('io:e', 'x', 'EX', 100), 'OK');
        const ttl = await redis.ttl('io:e');
        assert.ok(ttl > 90 && ttl <= 100, `ttl ${ttl}`);
        assert.equal(await redis.persist('io:e'), 1);
        assert.equal(await redis.ttl('io:e'), -1);
        assert.equal(await redis.set('io:nx', '1', 'PX', 100000, 'NX'), 'OK');
        assert.equal(await redis.set('io:nx', '2', 'PX', 100000, 'NX'), null);
    },
    async 'pipeline of a thousand'() {
        const pipeline = redis.pipeline();
        for (let i = 0; i < 500; i++) pipeline.set(`io:p:${i}`, i).get(`io:p:${i}`);
        const replies = await pipeline.exec();
        assert.equal(replies.length, 1000);
        replies.forEach(([error, reply], i) => {
            assert.equal(error, null);
            assert.equal(reply, i % 2 === 0 ? 'OK' : String((i - 1) / 2));
        });
    },
    async 'an error in a pipeline costs no reply'() {
        await redis.set('io:text', 'text');
        const replies = await redis.pipeline().get('io:text').incr('io:text').get('io:text').exec();
        assert.equal(replies[0][1], 'text');
        assert.match(replies[1][0].message, /not an integer/);
        assert.equal(replies[2][1], 'text');
    },
    async 'transactions'() {
        const replies = await redis.multi().set('io:t', '1').incr('io:t').get('io:t').exec();
        assert.deepEqual(replies.map(([, reply]) => reply), ['OK', 2, '2']);
        await redis.watch('io:t');
        await other.select(0);
        await other.set('io:t', 'changed');
        assert.equal(await redis.multi().set('io:t', 'mine').exec(), null);
        assert.equal(await redis.get('io:t'), 'changed');
        await other.select(1);
    },
    async 'scan streams'() {
        const found = new Set();
        for await (const keys of redis.scanStream({ match: 'io:p:*', count: 100 })) keys.forEach((k) => found.add(k));
        assert.equal(found.size, 500);
    },
    async 'databases'() {
        await redis.set('io:db', 'zero');
        assert.equal(await other.get('io:db'), null);
    },
    async 'publish and subscribe'() {
        const subscriber = redis.duplicate();
        assert.equal(await subscriber.subscribe('io:news'), 1);
        await subscriber.psubscribe('io:*:pattern');
        const message = once((resolve) => subscriber.once('message', (channel, text) => resolve([channel, text])));
        const pmessage = once((resolve) => subscriber.once('pmessage', (...all) => resolve(all)));
        assert.equal(await redis.publish('io:news', 'hello'), 1);
        assert.equal(await redis.publish('io:x:pattern', 'again'), 1);
        assert.deepEqual(await message, ['io:news', 'hello']);
        assert.deepEqual(await pmessage, ['io:*:pattern', 'io:x:pattern', 'again']);
        await subscriber.quit();
    },
    async 'errors name the command'() {
        await assert.rejects(redis.call('NOSUCHCOMMAND', 'x'), /unknown command 'NOSUCHCOMMAND'/);
        await assert.rejects(redis.call('GET'), /wrong number of arguments for 'get'/);
    },
    async 'connection name and info'() {
        assert.equal(await redis.client('GETNAME'), 'ioredis-checks');
        assert.match(await redis.info('server'), /redis_version:\d+\.\d+\.\d+/);
    },
}, async () => { await redis.quit(); await other.quit(); });
