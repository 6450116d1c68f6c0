import { call } from '../api/http.ts';

/** The addresses that other programs are given. */
export interface Feeds {
	radarr: string | undefined;
	sonarr: string | undefined;
	rss: string | undefined;
	plexWebhook: string | undefined;
}

/** Asks for the addresses, tokens included, which only signed-in people are told. */
export async function fetchFeeds(): Promise<Feeds> {
	const response = await call('/api/feeds');
	return parseFeeds(await response.json());
}

/** Reads the answer of `/api/feeds`. */
export function parseFeeds(value: unknown): Feeds {
	const answer = object(value);
	const feeds = object(answer.feeds);
	return {
		radarr: url(object(feeds.radarr).url),
		sonarr: url(object(feeds.sonarr).url),
		rss: url(object(feeds.rss).url),
		plexWebhook: url(answer.plex_webhook_url),
	};
}

function object(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function url(value: unknown): string | undefined {
	return typeof value === 'string' && /^https?:\/\//.test(value) ? value : undefined;
}
