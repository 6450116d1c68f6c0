import type { Title } from '#lib/titles/title.ts';

/** A film that tests ask for. */
export const title: Title = {
	kind: 'movie',
	id: 603,
	title: 'The Matrix',
	year: 1999,
	overview: '',
	posterPath: null,
	rating: 8,
	seasons: null,
	imdbId: null,
	tvdbId: null,
};

/** Its request, as `/api/library-status` tells it. */
export const request = {
	media_type: 'movie',
	tmdb_id: 603,
	title: 'The Matrix',
	created_at: '2026-01-01T00:00:00+00:00',
};
