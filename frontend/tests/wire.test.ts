import { expect, test } from 'vitest';
import { parseConfig } from '#lib/config.ts';
import { parseLibraryStatus, parseRequests } from '#lib/library/status.ts';
import { parseSession, sessionLifetime } from '#lib/session/stored-session.ts';
import { parseFeeds } from '#lib/settings/feeds.ts';
import { posterSet, posterUrl } from '#lib/titles/poster.ts';
import { rowsOf } from '#lib/titles/recommendations.ts';
import { titlesOf } from '#lib/titles/trending.ts';
import type { Title } from '#lib/titles/title.ts';

const item = {
	id: 603,
	title: 'The Matrix',
	year: 1999,
	overview: 'A hacker learns the truth.',
	poster_path: '/p.jpg',
	media_type: 'movie',
	vote_average: 8.2,
};

test('a trending file is read, persons and broken items are dropped', () => {
	const titles = titlesOf({
		results: [item, { ...item }, { ...item, media_type: 'person' }, { ...item, id: '7' }, null, 5, { ...item, id: -1 }],
	});
	expect(titles).toEqual([
		{
			kind: 'movie',
			id: 603,
			title: 'The Matrix',
			year: 1999,
			overview: 'A hacker learns the truth.',
			posterPath: '/p.jpg',
			rating: 8.2,
			seasons: null,
			imdbId: null,
			tvdbId: null,
		},
	]);
});

test.each([[undefined], [null], ['<html>'], [{}], [{ results: {} }], [[]]])('%j holds no titles', (answer) => {
	expect(titlesOf(answer)).toEqual([]);
});

test('films and series of the same id are two titles', () => {
	expect(titlesOf({ results: [item, { ...item, media_type: 'tv' }] })).toHaveLength(2);
});

test('recommendations are grouped by reason, and small groups are mixed', () => {
	const because = { kind: 'because_you_asked_for', media_type: 'movie', tmdb_id: 1, title: 'Metropolis' };
	const titles = titlesOf({
		items: [
			{ ...item, id: 1, reason: because },
			{ ...item, id: 2, reason: { kind: 'hidden_gem' } },
			{ ...item, id: 3, reason: because },
			{ ...item, id: 4, reason: because },
			{ ...item, id: 5, reason: 'popular' },
		],
	});
	const rows = rowsOf(titles).map((row) => [row.reason?.subject ?? row.key, row.titles.map((title) => title.id)]);
	expect(rows).toEqual([
		['Metropolis', [1, 3, 4]],
		['rest', [2, 5]],
	]);
	expect(rowsOf([])).toEqual([]);
});

test('a large mixed row comes first', () => {
	const title = titlesOf({ items: [item] })[0] as Title;
	const mixed = Array.from({ length: 5 }, (_, id) => ({ ...title, id, reason: { kind: `${id}`, subject: null } }));
	const gems = Array.from({ length: 3 }, (_, id) => ({
		...title,
		id: 10 + id,
		reason: { kind: 'hidden_gem', subject: null },
	}));
	expect(rowsOf([...gems, ...mixed]).map((row) => row.titles.length)).toEqual([5, 3]);
});

test('config.json is read, with a fallback for each broken part', () => {
	expect(
		parseConfig({
			app_name: 'Kino',
			locales: ['de', 'pt-BR', 7],
			default_locale: 'pt-BR',
			image_base: 'http://localhost:9/t/p/',
			push: true,
			version: '12',
		}),
	).toEqual({
		appName: 'Kino',
		locales: ['de', 'pt-BR'],
		defaultLocale: 'pt-BR',
		imageBase: 'http://localhost:9/t/p',
		push: true,
		version: '12',
	});
	expect(parseConfig('<html>')).toMatchObject({
		appName: 'Stellarr',
		locales: ['en'],
		defaultLocale: 'en',
		push: false,
	});
	expect(parseConfig({ locales: ['fr'], default_locale: 'en' })).toMatchObject({
		locales: ['fr'],
		defaultLocale: 'fr',
	});
});

test('posters come in several widths', () => {
	expect(posterUrl('https://i/t/p', '/a.jpg', 342)).toBe('https://i/t/p/w342/a.jpg');
	expect(posterSet('https://i', '/a.jpg', 154, 342)).toBe(
		'https://i/w154/a.jpg 154w, https://i/w185/a.jpg 185w, https://i/w342/a.jpg 342w',
	);
});

test('nulls and broken rows of a library status are dropped', () => {
	const request = {
		media_type: 'tv',
		tmdb_id: 7,
		title: 'Dark',
		created_at: '2026-01-01T00:00:00+00:00',
		imdb_id: null,
	};
	const status = parseLibraryStatus({ library: { movie: [1, '2'], tv: null }, requests: [request, {}, null], etag: 5 });
	expect(status).toEqual({
		library: { movie: [1], tv: [] },
		requests: [{ media_type: 'tv', tmdb_id: 7, title: 'Dark', created_at: '2026-01-01T00:00:00+00:00' }],
		timestamp: 0,
	});
	expect(parseLibraryStatus({})).toBeUndefined();
	expect(parseRequests([{ media_type: 'game', tmdb_id: 1 }])).toEqual([]);
});

test('a session ends after 30 days or when it is broken', () => {
	const stored = { authenticated: true, timestamp: 1000, token: 't', name: 'Ada' };
	expect(parseSession(stored, 1000 + sessionLifetime - 1)).toEqual(stored);
	expect(parseSession(stored, 1000 + sessionLifetime)).toBeUndefined();
	expect(parseSession({ ...stored, token: '' }, 1000)).toBeUndefined();
	expect(parseSession({ ...stored, authenticated: 'yes' }, 1000)).toBeUndefined();
	expect(parseSession('text', 1000)).toBeUndefined();
});

test('only web addresses count as feeds', () => {
	expect(
		parseFeeds({ feeds: { radarr: { url: 'https://s/list/radarr?token=x' }, sonarr: { url: 'javascript:alert(1)' } } }),
	).toEqual({ radarr: 'https://s/list/radarr?token=x', sonarr: undefined, rss: undefined, plexWebhook: undefined });
	expect(parseFeeds(null)).toEqual({ radarr: undefined, sonarr: undefined, rss: undefined, plexWebhook: undefined });
});
