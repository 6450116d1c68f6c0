import { untrack } from 'svelte';
import { library } from '../library/library.svelte.ts';
import { session } from '../session/session.svelte.ts';
import { fetchRecommendations, rowsOf, type RecommendationRow } from './recommendations.ts';
import { Search } from './search.svelte.ts';
import { readStored, removeStored, writeStored } from '../storage.ts';
import { keyOf, type Kind, type Title } from './title.ts';
import { fetchTrending, type KindFilter } from './trending.ts';

/** Set when there was nothing to recommend last time: then no place is kept for it. */
const emptyKey = 'recommendations_empty';

/** Milliseconds after which what is shown is asked for again: an installed app stays open for weeks. */
const freshFor = 3600_000;

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
	#shownAt = 0;
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

	/** Shows trending titles and recommendations for the current kind; what is there stays until newer ones come. */
	show(locale: string): void {
		const wanted = `${this.kind} ${locale}`;
		this.#found = '';
		const again = this.#shown === wanted && untrack(() => this.state) === 'ready';
		if (this.#shown === wanted && Date.now() - this.#shownAt < freshFor) return;
		this.#shown = wanted;
		this.#shownAt = Date.now();
		void this.#fetch(this.kind, locale, again);
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

	async #fetch(kind: KindFilter, locale: string, again: boolean): Promise<void> {
		this.#running?.abort();
		const running = new AbortController();
		this.#running = running;
		if (!again) this.state = 'loading';
		await Promise.all([
			this.#fetchTrending(kind, locale, running, again),
			this.#fetchRows(kind, locale, running, again),
		]);
	}

	async #fetchTrending(kind: KindFilter, locale: string, running: AbortController, again: boolean): Promise<void> {
		try {
			const titles = await fetchTrending(kind, locale, running.signal);
			if (this.#running !== running) return;
			library.expect(titles);
			this.trending = titles;
			this.state = 'ready';
		} catch {
			if (this.#running !== running) return;
			// Asked for again before the hour is over, and what is shown is better than nothing.
			this.#shownAt = 0;
			if (again) return;
			this.trending = [];
			this.state = 'failed';
		}
	}

	async #fetchRows(kind: KindFilter, locale: string, running: AbortController, again: boolean): Promise<void> {
		// Without recommendations the page is complete, so their failure is not shown.
		const titles = await fetchRecommendations(kind, locale, running.signal).catch(() => undefined);
		if (this.#running !== running) return;
		this.awaitsRows = false;
		if (!titles) {
			if (!again) this.rows = [];
			return;
		}
		library.expect(titles);
		this.rows = rowsOf(titles);
		// Neither a failure nor a filter says that there is nothing.
		if (kind !== 'all') return;
		if (titles.length === 0) writeStored(emptyKey, true);
		else removeStored(emptyKey);
	}
}

export const discovery = new Discovery();
