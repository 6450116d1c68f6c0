import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';
import { self } from '$app/service-worker';
import { keepOnly, networkFirst, cacheFirst } from './caches.ts';
import { notificationOf, pathOfNotification } from './notification.ts';
import { routeOf } from './routing.ts';

const shellCache = `shell-${version}`;
const dataCache = 'data-1';
const posterCache = 'posters-1';

/** Milliseconds after which last time's list is better than waiting for this one. */
const patience = 2000;

/** Enough for what one scrolls through on an evening; posters are some 20 KB each. */
const mostPosters = 300;

const shell = ['/', ...immutable.map(({ path }) => `/${path}`), ...assets.map(({ path }) => `/${path}`)];

self.addEventListener('install', (event) => {
	event.waitUntil(
		caches.open(shellCache).then(async (cache) => {
			await cache.addAll(
				shell.map((path) => new Request(path, { cache: path.includes('/immutable/') ? 'default' : 'reload' })),
			);
			// With no older version in charge there is nobody to ask.
			if (!self.registration.active) await self.skipWaiting();
		}),
	);
});

self.addEventListener('activate', (event) => {
	event.waitUntil(keepOnly([shellCache, dataCache, posterCache]).then(() => self.clients.claim()));
});

self.addEventListener('message', (event) => {
	if ((event.data as { type?: unknown } | null)?.type === 'skip-waiting') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	switch (routeOf(request, self.location.origin, shell)) {
		case 'shell':
			return event.respondWith(cacheFirst(shellCache, request));
		case 'page':
			return event.respondWith(caches.match('/', { cacheName: shellCache }).then((page) => page ?? fetch(request)));
		case 'data':
			return event.respondWith(networkFirst(dataCache, request, patience, (kept) => event.waitUntil(kept)));
		case 'poster':
			return event.respondWith(cacheFirst(posterCache, request, mostPosters));
		default:
			// Straight to the network, without a detour through this worker.
			return;
	}
});

self.addEventListener('push', (event) => {
	const { title, options } = notificationOf(event.data?.text());
	event.waitUntil(
		Promise.all([
			self.registration.showNotification(title, options),
			self.clients
				.matchAll({ type: 'window' })
				.then((clients) => clients.forEach((client) => client.postMessage({ type: 'news' }))),
		]),
	);
});

self.addEventListener('notificationclick', (event) => {
	event.notification.close();
	event.waitUntil(open(pathOfNotification(event.notification, self.location.origin)));
});

async function open(path: string): Promise<void> {
	const clients = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const client = clients.find((candidate) => candidate.visibilityState === 'visible') ?? clients[0];
	if (!client) {
		await self.clients.openWindow(path);
		return;
	}
	await client.focus().catch(() => undefined);
	client.postMessage({ type: 'open', path });
}
