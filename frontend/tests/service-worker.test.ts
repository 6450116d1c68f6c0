import { expect, test } from 'vitest';
import { notificationOf, pathOfNotification } from '../src/service-worker/notification.ts';
import { routeOf } from '../src/service-worker/routing.ts';

const origin = 'https://stellarr.example.com';
const shell = ['/', '/_app/immutable/entry/start.js', '/icon.svg'];

test.each([
	['GET', '/requests', 'navigate', '', 'page'],
	['GET', '/title/movie/603', 'navigate', '', 'page'],
	['GET', '/_app/immutable/entry/start.js', 'cors', 'script', 'shell'],
	['GET', '/icon.svg', 'no-cors', 'image', 'shell'],
	['GET', '/config.json', 'cors', '', 'data'],
	['GET', '/trending-all-pt-BR.json', 'cors', '', 'data'],
	['GET', '/_app/immutable/chunks/of-an-older-version.js', 'cors', 'script', 'network'],
	['GET', '/api/library-status', 'cors', '', 'network'],
	['GET', '/list/radarr?token=x', 'navigate', '', 'network'],
	['GET', '/rss/all', 'navigate', '', 'network'],
	['POST', '/api/search', 'cors', '', 'network'],
	['POST', '/sync/library', 'cors', '', 'network'],
	['GET', '/listings', 'navigate', '', 'page'],
	['GET', 'https://image.tmdb.org/t/p/w342/p.jpg', 'no-cors', 'image', 'poster'],
	['GET', 'https://elsewhere.example.com/x.js', 'cors', 'script', 'network'],
])('%s %s (%s) is answered by: %s%s', (method, path, mode, destination, expected) => {
	const request = { method, url: new URL(path, origin).href, mode, destination } as Request;
	expect(routeOf(request, origin, shell)).toBe(expected);
});

test('a push message becomes a notification that leads to its title', () => {
	const { title, options } = notificationOf(
		JSON.stringify({
			title: 'Film verfügbar',
			body: '„Metropolis“ ist da.',
			tag: 'fulfilled-movie-19',
			icon: 'https://i/w92/p.jpg',
		}),
	);
	expect(title).toBe('Film verfügbar');
	expect(options).toMatchObject({
		body: '„Metropolis“ ist da.',
		tag: 'fulfilled-movie-19',
		icon: 'https://i/w92/p.jpg',
	});
	expect(pathOfNotification({ tag: 'fulfilled-movie-19', data: options.data }, origin)).toBe('/title/movie/19');
});

test.each([[undefined], [''], ['{'], ['null'], ['[]'], ['{"title":7}']])('a broken message %j still shows', (text) => {
	expect(notificationOf(text).title).toBe('Stellarr');
});

test.each([
	['fulfilled-tv-5', {}, '/title/tv/5'],
	['fulfilled-game-5', {}, '/requests'],
	['fulfilled-tv-05', null, '/requests'],
	['x', { url: '/requests?x=1' }, '/requests?x=1'],
	['x', { url: 'https://evil.example.com/' }, '/requests'],
	['x', { url: '//evil.example.com' }, '/requests'],
	['x', { url: 'javascript:alert(1)' }, '/requests'],
])('a click on %s with %j leads to %s', (tag, data, expected) => {
	expect(pathOfNotification({ tag, data }, origin)).toBe(expected);
});
