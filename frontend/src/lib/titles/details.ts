import { call } from '../api/http.ts';
import { Problem } from '../api/problem.ts';
import { keyOf, titleFromWire, type Kind, type Title } from './title.ts';

/** What has been asked for on this visit. */
const asked = new Map<string, Promise<Title | undefined>>();

/** Asks for all that is known of a title, once a language. Undefined when there is no such title; throws `Problem`. */
export function fetchDetails(wanted: { kind: Kind; id: number }, locale: string): Promise<Title | undefined> {
	const key = `${keyOf(wanted)} ${locale}`;
	const known = asked.get(key);
	if (known) return known;
	const answer = ask(wanted, locale);
	asked.set(key, answer);
	answer.catch(() => asked.delete(key));
	return answer;
}

async function ask({ kind, id }: { kind: Kind; id: number }, language: string): Promise<Title | undefined> {
	try {
		const response = await call(`/api/title/${kind}/${id}`, { query: { language } });
		return titleFromWire(await response.json());
	} catch (error) {
		if (error instanceof Problem && error.status === 404) return undefined;
		throw error;
	}
}
