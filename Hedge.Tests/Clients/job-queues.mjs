// Usage: node job-queues.mjs PORT
// The libraries that live by Lua scripts: job queues, locks and rate limiters.
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import Bull from 'bull';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import Redlock from 'redlock';
import { assert, once, run } from './checks.mjs';

const port = Number(process.argv[2]);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const redis = new Redis(connection);
const open = [];

// Remembers to close something at the end.
function opened(closable) {
    open.push(closable);
    return closable;
}

// Gathers what an event brings; the promise of gathered(n) is kept when there are n.
function gather(emitter, event, pick) {
    const all = [];
    let told = () => {};
    emitter.on(event, (...values) => {
        all.push(pick(...values));
        told();
    });
    return {
        all,
        gathered: (n) => once((resolve) => {
            told = () => all.length >= n && resolve(all);
            told();
        }),
    };
}

async function queue(name, work, options = {}) {
    const made = opened(new Queue(name, { connection }));
    const events = opened(new QueueEvents(name, { connection }));
    await events.waitUntilReady();
    const worker = opened(new Worker(name, work, { connection, ...options }));
    await worker.waitUntilReady();
    return { queue: made, worker, events };
}

const numbers = (n) => Array.from({ length: n }, (_, i) => i);

await run({
    async 'a command of a script'() {
        redis.defineCommand('jqEcho', { numberOfKeys: 2, lua: 'return {KEYS[1], KEYS[2], ARGV[1], ARGV[2]}' });
        assert.deepEqual(await redis.jqEcho('k1', 'k2', 'a1', 'a2'), ['k1', 'k2', 'a1', 'a2']);
        // ioredis sends EVALSHA, and EVAL when the script was forgotten.
        await redis.script('FLUSH');
        assert.deepEqual(await redis.jqEcho('k1', 'k2', 'a1', 'a2'), ['k1', 'k2', 'a1', 'a2']);
        await redis.script('FLUSH');
        const replies = await redis.pipeline().jqEcho('a', 'b', 'c', 'd').set('jq:x', 1).get('jq:x').exec();
        assert.deepEqual(replies.map(([, reply]) => reply), [['a', 'b', 'c', 'd'], 'OK', '1']);
        redis.defineCommand('jqError', { numberOfKeys: 1, lua: "return redis.call('incr', KEYS[1])" });
        await redis.set('jq:text', 'text');
        await assert.rejects(redis.jqError('jq:text'), /not an integer/);
    },
    async 'redlock'() {
        const redlock = new Redlock([redis], { retryCount: 2, retryDelay: 20 });
        const lock = await redlock.acquire(['jq:lock:a'], 20_000);
        await assert.rejects(redlock.acquire(['jq:lock:a'], 1000));
        const longer = await lock.extend(30_000);
        assert.ok(await redis.pttl('jq:lock:a') > 20_000);
        await longer.unlock();
        const both = await redlock.acquire(['jq:lock:a', 'jq:lock:b'], 20_000);
        await assert.rejects(redlock.acquire(['jq:lock:b'], 1000));
        await both.unlock();
        assert.equal(await redis.exists('jq:lock:a', 'jq:lock:b'), 0);
    },
    async 'rate-limiter-flexible'() {
        const limiter = new RateLimiterRedis({ storeClient: redis, points: 3, duration: 60, keyPrefix: 'jq:rl' });
        for (const left of [2, 1, 0]) assert.equal((await limiter.consume('user')).remainingPoints, left);
        const refused = await limiter.consume('user').then(() => null, (reason) => reason);
        assert.ok(refused.msBeforeNext > 50_000 && refused.msBeforeNext <= 60_000, JSON.stringify(refused));
        await limiter.reward('user', 2);
        assert.equal((await limiter.get('user')).consumedPoints, 2);
        await limiter.delete('user');
        assert.equal(await limiter.get('user'), null);
    },
    async 'bullmq: jobs one by one and in bulk'() {
        const { queue: jobs, worker, events } = await queue('jq-plain', async (job) => {
            await job.updateProgress(50);
            return job.data.n * 2;
        }, { concurrency: 5 });
        const progress = gather(events, 'progress', ({ data }) => data);
        const done = gather(worker, 'completed', (job, result) => result);
        await jobs.addBulk(numbers(100).map((n) => ({ name: 'double', data: { n } })));
        await done.gathered(100);
        assert.deepEqual(done.all.sort((a, b) => a - b), numbers(100).map((n) => 2 * n));
        const job = await jobs.add('double', { n: 21 });
        assert.equal(await job.waitUntilFinished(events, 10_000), 42);
        assert.deepEqual([...new Set(await progress.gathered(101))], [50]);
        const counts = await jobs.getJobCounts('completed', 'waiting', 'active', 'failed');
        assert.deepEqual(counts, { completed: 101, waiting: 0, active: 0, failed: 0 });
        await jobs.clean(0, 1000, 'completed');
        await jobs.drain();
        await worker.close();
        await jobs.obliterate({ force: true });
        assert.deepEqual(await redis.keys('bull:jq-plain:[^e]*'), []);
    },
    async 'bullmq: retries, delays and repetitions'() {
        const { queue: jobs, worker } = await queue('jq-timed', async (job) => {
            if (job.name === 'bad' && job.attemptsMade < 2) throw new Error('not yet');
            return Date.now();
        });
        const failed = gather(worker, 'failed', (job) => job.attemptsMade);
        const done = gather(worker, 'completed', (job, at) => ({ name: job.name, at, due: job.timestamp + job.delay }));
        await jobs.add('bad', {}, { attempts: 3, backoff: { type: 'fixed', delay: 30 } });
        await done.gathered(1);
        assert.deepEqual(failed.all, [1, 2]);
        const added = Date.now();
        await jobs.add('later', {}, { delay: 150 });
        await done.gathered(2);
        assert.ok(done.all[1].at - added >= 149, `${done.all[1].at - added} ms`);
        await jobs.upsertJobScheduler('again', { every: 100 }, { name: 'again', data: {} });
        const repeated = await done.gathered(5);
        assert.ok(repeated.slice(2).every(({ name }) => name === 'again'));
        assert.equal(await jobs.removeJobScheduler('again'), true);
    },
    async 'bullmq: priorities'() {
        const { queue: jobs, worker } = await queue('jq-first', async () => {}, { autorun: false });
        for (const priority of [3, 1, 2]) await jobs.add(`p${priority}`, {}, { priority });
        await jobs.add('none', {});
        const done = gather(worker, 'completed', (job) => job.name);
        worker.run();
        assert.deepEqual(await done.gathered(4), ['none', 'p1', 'p2', 'p3']);
    },
    async 'bullmq: a limited rate'() {
        const { queue: jobs, worker } = await queue('jq-slow', async () => Date.now(),
            { limiter: { max: 4, duration: 300 }, concurrency: 10 });
        const done = gather(worker, 'completed', (job, at) => at);
        await jobs.addBulk(numbers(10).map(() => ({ name: 'x', data: {} })));
        const times = (await done.gathered(10)).sort((a, b) => a - b);
        assert.ok(times[9] - times[0] >= 450, `${times[9] - times[0]} ms`);
    },
    async 'bullmq: flows'() {
        const { events } = await queue('jq-flow', async (job) => {
            if (job.name !== 'sum') return job.data.n;
            return Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0);
        });
        const producer = opened(new FlowProducer({ connection }));
        const children = [1, 2, 3].map((n) => ({ name: 'leaf', queueName: 'jq-flow', data: { n } }));
        const { job } = await producer.add({ name: 'sum', queueName: 'jq-flow', children });
        assert.equal(await job.waitUntilFinished(events, 10_000), 6);
    },
    async 'bull'() {
        const jobs = opened(new Bull('jq-old', { redis: { port, host: '127.0.0.1' } }));
        jobs.process(3, async (job) => job.data.n);
        const done = gather(jobs, 'completed', (job, result) => result);
        for (const n of numbers(20)) await jobs.add({ n }, { delay: (n % 2) * 50 });
        assert.deepEqual((await done.gathered(20)).sort((a, b) => a - b), numbers(20));
        assert.equal((await jobs.getJobCounts()).completed, 20);
        await jobs.obliterate({ force: true });
    },
}, async () => {
    await Promise.all(open.map((closable) => closable.close()));
    await redis.quit();
});
process.exit();
