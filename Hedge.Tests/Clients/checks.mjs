// Runs named checks one after the other; prints a line for each and fails the process when one fails.
import assert from 'node:assert/strict';

export { assert };

export async function run(checks, close) {
    let failed = 0;
    for (const [name, check] of Object.entries(checks)) {
        try {
            await check();
            console.log(`ok ${name}`);
        } catch (error) {
            failed++;
            console.log(`FAILED ${name}: ${error.stack}`);
        }
    }
    await close();
    console.log(failed === 0 ? 'all passed' : `${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
}

export function once(start) {
    return new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('nothing came within 10 seconds')), 10_000).unref();
        start(resolve);
    });
}
