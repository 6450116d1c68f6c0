import { expect, test } from 'vitest';
import type { Request } from '#lib/library/status.ts';
import { counts, missingId, passes } from '#lib/requests/filter.ts';

const film: Request = {
	media_type: 'movie',
	tmdb_id: 1,
	title: 'A',
	created_at: '',
	requested_by: 'Ada',
	imdb_id: 'tt1',
};
const series: Request = { media_type: 'tv', tmdb_id: 2, title: 'B', created_at: '', requested_by: 'Zoë' };
const added: Request = { ...film, tmdb_id: 3, added_at: '2026-01-01T00:00:00+00:00', requested_by: 'Zoë' };
const all = [film, series, added];

test('filters by kind, status and name together', () => {
	const shown = (filter: Parameters<typeof passes>[1]) =>
		all.filter((request) => passes(request, filter)).map((request) => request.tmdb_id);
	expect(shown({ kind: 'all', status: 'pending', by: undefined })).toEqual([1, 2]);
	expect(shown({ kind: 'movie', status: 'all', by: undefined })).toEqual([1, 3]);
	expect(shown({ kind: 'all', status: 'added', by: 'Zoë' })).toEqual([3]);
	expect(shown({ kind: 'all', status: 'all', by: 'ZOE\u0308' })).toEqual([2, 3]);
	expect(shown({ kind: 'all', status: 'all', by: 'Nobody' })).toEqual([]);
});

test('counts what each choice would show', () => {
	expect(counts(all, { kind: 'movie', status: 'pending', by: undefined })).toEqual({
		kind: { all: 2, movie: 1, tv: 1 },
		status: { pending: 1, added: 1, all: 2 },
	});
});

test('names the id that is missing, while it still matters', () => {
	expect(all.map(missingId)).toEqual([undefined, 'tvdb', undefined]);
	expect(missingId({ ...film, imdb_id: '' })).toBe('imdb');
	expect(missingId({ ...added, imdb_id: '' })).toBeUndefined();
	expect(missingId({ ...series, tvdb_id: 5 })).toBeUndefined();
});
