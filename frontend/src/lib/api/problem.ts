/** What went wrong with a call, as far as the person in front of it needs to know. */
export type ProblemKind = 'offline' | 'unauthorized' | 'rate-limited' | 'refused' | 'server';

/** A failed call of the API. */
export class Problem extends Error {
	constructor(
		readonly kind: ProblemKind,
		/** The HTTP status; 0 without an answer. */
		readonly status: number,
		/** Seconds after which another try makes sense, from `Retry-After`. */
		readonly retryAfter: number | undefined = undefined,
		/** The API's own words, which are for programs and in English. */
		readonly detail: string | undefined = undefined,
	) {
		super(`${kind} (${status})`);
	}
}

/** Sorts an error answer. */
export function problemOf(response: Response, detail?: string): Problem {
	const { status } = response;
	const seconds = Number(response.headers.get('retry-after'));
	const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
	if (status === 401) return new Problem('unauthorized', status, undefined, detail);
	// The API itself never answers 403: a firewall in front of it does, to whoever asks too much.
	if (status === 429 || status === 403) return new Problem('rate-limited', status, retryAfter);
	if (status >= 500) return new Problem('server', status, retryAfter);
	return new Problem('refused', status);
}
