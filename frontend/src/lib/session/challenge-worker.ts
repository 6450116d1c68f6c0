import { answerChallenge, type Challenge, type ChallengeInput } from './challenge.ts';

/** Answers the challenge in a worker, so that the page stays alive for the seconds that it takes. */
export function answerInWorker(input: ChallengeInput): Promise<Challenge> {
	if (typeof Worker === 'undefined') return answerChallenge(input);
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./challenge.worker.ts', import.meta.url), { type: 'module' });
		const finish = () => worker.terminate();
		worker.onmessage = (event: MessageEvent<{ challenge: Challenge } | { error: string }>) => {
			finish();
			if ('challenge' in event.data) resolve(event.data.challenge);
			else reject(new Error(event.data.error));
		};
		worker.onerror = (event) => {
			finish();
			reject(new Error(event.message || 'the worker did not start'));
		};
		worker.postMessage(input);
	});
}
