import { answerChallenge, type ChallengeInput } from './challenge.ts';

addEventListener('message', (event: MessageEvent<ChallengeInput>) => {
	answerChallenge(event.data).then(
		(challenge) => postMessage({ challenge }),
		(error: unknown) => postMessage({ error: String(error) }),
	);
});
