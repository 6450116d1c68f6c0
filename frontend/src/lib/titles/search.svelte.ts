import { call } from '../api/http.ts';
import type { Schema } from '../api/wire.ts';
import { library } from '../library/library.svelte.ts';
import { isKind, keyOf, type Kind, type Title } from './title.ts';
import { titlesOf, type KindFilter } from './trending.ts';

/** TMDB answers no page beyond this one. */
const lastPage = 500;

interface Terms {
	query: string;
	kind: KindFilter;
	locale: string;
}

/** A running search: pages come one after another, and only answers to the latest terms count. */
export class Search {
	titles = $state.raw<Title[]>([]);
	state = $state<'idle' | 'loading' | 'more' | 'done' | 'failed'>('idle');
	#terms: Terms | undefined;
	#page = 0;
	#running: AbortController | undefined;

	/** Starts over with other terms. What was found before stays visible until the new answer comes. */
	async start(terms: Terms): Promise<void> {
		this.#terms = terms;
		this.#page = 0;
		await this.#fetch();
	}

	/** Fetches the next page, or the failed one again. */
	async more(): Promise<void> {
		if (this.state === 'more' || this.state === 'failed') await this.#fetch();
	}

	clear(): void {
		this.#running?.abort();
		this.#running = undefined;
		this.#terms = undefined;
		this.titles = [];
		this.state = 'idle';
	}

	async #fetch(): Promise<void> {
		const terms = this.#terms;
		if (!terms) return;
		this.#running?.abort();
		const running = new AbortController();
		this.#running = running;
		const page = this.#page + 1;
		this.state = 'loading';
		try {
			const response = await call('/api/search', {
				method: 'POST',
				body: {
					query: terms.query,
					page,
					language: terms.locale,
					...(terms.kind === 'all' ? {} : { media_type: terms.kind }),
				} satisfies Schema<'SearchRequest'>,
				signal: running.signal,
			});
			const answer = (await response.json()) as Partial<Schema<'SearchResults'>>;
			if (this.#running !== running) return;
			this.#page = page;
			const titles = titlesOf(answer);
			library.expect(titles);
			void library.hear(requested(answer.results)).catch(() => undefined);
			this.titles = page === 1 ? titles : joined(this.titles, titles);
			this.state = page < Math.min(answer.total_pages ?? 1, lastPage) ? 'more' : 'done';
		} catch (error) {
			if (this.#running !== running) return;
			if (page === 1) this.titles = [];
			this.state = 'failed';
			if (!(error instanceof Error)) throw error;
		}
	}
}

/** What the server says has been requested. */
function requested(results: Schema<'SearchResults'>['results'] | undefined): { kind: Kind; id: number }[] {
	if (!Array.isArray(results)) return [];
	return results
		.filter((item) => item.requested && isKind(item.media_type))
		.map((item) => ({ kind: item.media_type, id: item.id }));
}

// TMDB's pages overlap when its ranking moves between two calls.
function joined(before: Title[], after: Title[]): Title[] {
	const known = new Set(before.map(keyOf));
	return [...before, ...after.filter((title) => !known.has(keyOf(title)))];
}
