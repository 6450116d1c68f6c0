import { createHash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

export type Kind = 'movie' | 'tv';

/** A title as trending files and searches tell it. */
export interface Item {
	id: number;
	title: string;
	year: number | null;
	media_type: Kind;
	poster_path: string | null;
}

/** The site under test, spoken to without a browser: what other programs and other people do. */
export class Site {
	#token: string;

	private constructor(
		readonly origin: string,
		readonly name: string,
		token: string,
	) {
		this.#token = token;
	}

	get token(): string {
		return this.#token;
	}

	/** Signs in again, after all sessions were ended. */
	async renew(): Promise<void> {
		this.#token = (await Site.signIn(this.origin, this.name)).token;
	}

	/** Signs in as the browser does. A challenge counts once, and two of one second are alike: pages take this second. */
	static async signIn(origin: string, name: string): Promise<Site> {
		const { iterations } = (await (await fetch(`${origin}/api/auth/params`)).json()) as { iterations: number };
		const derived = await promisify(pbkdf2)(password(), origin, iterations, 32, 'sha256');
		for (let attempt = 0; attempt < 3; attempt++) {
			const timestamp = Math.floor(Date.now() / 1000) - 70 - Math.floor(Math.random() * 200);
			const hash = createHash('sha256')
				.update(`${derived.toString('hex')}:${timestamp}`)
				.digest('hex');
			const response = await fetch(`${origin}/api/auth/verify`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ origin, timestamp, hash, name }),
			});
			if (response.ok) return new Site(origin, name, ((await response.json()) as { token: string }).token);
			if (response.status !== 401) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`);
		}
		throw new Error('the password in STELLARR_E2E_PASSWORD is not the site’s');
	}

	async call(path: string, init: RequestInit = {}): Promise<Response> {
		const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
		return fetch(this.origin + path, { ...init, headers });
	}

	async json<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
		const response = await this.call(path, init);
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as Answer;
	}

	async trending(kind: 'all' | Kind, locale = 'en'): Promise<Item[]> {
		return (await this.json<{ results: Item[] }>(`/trending-${kind}-${locale}.json`)).results;
	}

	/** Trending titles that the household neither has nor awaits, nor ever asked for. */
	async free(kind: Kind): Promise<Item[]> {
		const { library } = await this.json<{ library: Record<Kind, number[]> }>('/api/library-status');
		const { requests } = await this.json<{ requests: { tmdb_id: number; media_type: Kind }[] }>('/api/requests');
		const asked = requests.filter((request) => request.media_type === kind).map((request) => request.tmdb_id);
		const titles = (await this.trending('all')).filter((item) => item.media_type === kind);
		const free = titles.filter((item) => !library[kind].includes(item.id) && !asked.includes(item.id));
		if (free.length === 0) throw new Error('every trending title is taken: reset the sandbox');
		return free;
	}

	/** A series that a search finds, with ids elsewhere, and that no list shows. */
	async unheardOf(): Promise<Item> {
		const shown = [...(await this.trending('all')), ...(await this.trending('tv'))].map((item) => item.id);
		for (const query of ['the', 'a', 'e', 'o']) {
			const { results } = await this.json<{ results: (Item & { requested: boolean })[] }>('/api/search', {
				method: 'POST',
				body: JSON.stringify({ query, media_type: 'tv', language: 'en' }),
			});
			for (const item of results) {
				if (shown.includes(item.id) || item.requested) continue;
				const whole = await this.json<{ imdb_id: string | null; tvdb_id: number | null }>(
					`/api/title/tv/${item.id}?language=en`,
				);
				if (whole.imdb_id && whole.tvdb_id) return item;
			}
		}
		throw new Error('every series that a search finds is trending');
	}

	async request(item: Item): Promise<void> {
		await this.json('/api/request', {
			method: 'POST',
			body: JSON.stringify({ tmdb_id: item.id, media_type: item.media_type }),
		});
	}

	async remove(item: Item): Promise<void> {
		await this.json(`/api/request/${item.media_type}/${item.id}`, { method: 'DELETE' });
	}

	feeds() {
		return this.json<{ feeds: Record<'radarr' | 'sonarr', { url: string }>; plex_webhook_url: string }>('/api/feeds');
	}

	/** Tells the site what a Plex server tells it when a film has arrived. */
	async plexAdds(item: Item): Promise<Record<string, unknown>> {
		const { plex_webhook_url } = await this.feeds();
		const form = new FormData();
		const payload = {
			event: 'library.new',
			user: true,
			owner: true,
			Account: { id: 1, title: 'owner' },
			Server: { title: process.env.STELLARR_E2E_PLEX_SERVER ?? 'Plex', uuid: 'e2e' },
			Metadata: {
				librarySectionType: 'movie',
				type: 'movie',
				title: item.title,
				year: item.year,
				guid: `plex://movie/${item.id.toString(16).padStart(24, '0')}`,
				Guid: [{ id: `tmdb://${item.id}` }],
			},
		};
		form.set('payload', JSON.stringify(payload));
		const { pathname, search } = new URL(plex_webhook_url);
		const response = await fetch(this.origin + pathname + search, { method: 'POST', body: form });
		if (!response.ok) throw new Error(`the webhook answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as Record<string, unknown>;
	}
}

/** The household's password. */
export function password(): string {
	const given = process.env.STELLARR_E2E_PASSWORD;
	if (!given) throw new Error('set STELLARR_E2E_PASSWORD to the site’s password');
	return given;
}
