import { library } from '../library/library.svelte.ts';
import { session } from '../session/session.svelte.ts';
import { fetchRecommendations, rowsOf, type RecommendationRow } from './recommendations.ts';
import { Search } from './search.svelte.ts';
import { readStored, removeStored, writeStored } from '../storage.ts';
import { keyOf, type Kind, type Title } from './title.ts';
import { fetchTrending, type KindFilter } from './trending.ts';

/** Set when there was nothing to recommend last time: then no place is kept for it. */
const emptyKey = 'recommendations_empty';

/** Holds what the Discover page shows; it outlives the page, so that coming back shows it at once. */
class Discovery {
	kind = $state<KindFilter>('all');
	trending = $state.raw<Title[]>([]);
	rows = $state.raw<RecommendationRow[]>([]);
	/** Whether a place is kept for the first row, which comes later than the rest of the page. */
	awaitsRows = $state(readStored(emptyKey) !== true);
	state = $state<'loading' | 'ready' | 'failed'>('loading');
	readonly search = new Search();
	#shown = '';
	#found = '';
	#running: AbortController | undefined;

	constructor() {
		session.onEnd(() => {
			this.rows = [];
			this.#shown = '';
			this.#found = '';
			this.search.clear();
		});
	}

	/** Shows trending titles and recommendations for the current kind. */
	show(locale: string): void {
		const wanted = `${this.kind} ${locale}`;
		this.#found = '';
		if (this.#shown === wanted) return;
		this.#shown = wanted;
		void this.#fetch(this.kind, locale);
	}

	/** Searches for the current kind. */
	find(query: string, locale: string): void {
		const wanted = `${this.kind} ${locale} ${query}`;
		if (this.#found === wanted) return;
		if (this.#found === '') this.search.clear();
		this.#found = wanted;
		void this.search.start({ query, kind: this.kind, locale });
	}

	reload(locale: string): void {
		this.#shown = '';
		this.show(locale);
	}

	/** Finds a title among all that has been seen here. */
	known(title: { kind: Kind; id: number }): Title | undefined {
		const key = keyOf(title);
		const lists = [this.trending, this.search.titles, ...this.rows.map((row) => row.titles)];
		return lists.flat().find((candidate) => keyOf(candidate) === key);
	}

	async #fetch(kind: KindFilter, locale: string): Promise<void> {
		this.#running?.abort();
		const running = new AbortController();
		this.#running = running;
		this.state = 'loading';
		await Promise.all([this.#fetchTrending(kind, locale, running), this.#fetchRows(kind, locale, running)]);
	}

	async #fetchTrending(kind: KindFilter, locale: string, running: AbortController): Promise<void> {
		try {
			const titles = await fetchTrending(kind, locale, running.signal);
			if (this.#running !== running) return;
			library.expect(titles);
			this.trending = titles;
			this.state = 'ready';
		} catch {
			if (this.#running !== running) return;
			this.trending = [];
			this.state = 'failed';
		}
	}

	async #fetchRows(kind: KindFilter, locale: string, running: AbortController): Promise<void> {
		// Without recommendations the page is complete, so their failure is not shown.
		const titles = await fetchRecommendations(kind, locale, running.signal).catch(() => []);
		if (this.#running !== running) return;
		library.expect(titles);
		this.rows = rowsOf(titles);
		this.awaitsRows = false;
		if (titles.length === 0) writeStored(emptyKey, true);
		else removeStored(emptyKey);
	}
}

export const discovery = new Discovery();
