import { createECDH, randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Site } from './support/site.ts';
import { card, expect, test } from './support/test.ts';

/** A push service's end of a subscription, which Chromium itself would have to ask Google for. */
async function stubSubscription(page: Page, endpoint: string) {
	const keys = createECDH('prime256v1');
	keys.generateKeys();
	const fake = {
		endpoint,
		expirationTime: null,
		keys: { p256dh: keys.getPublicKey().toString('base64url'), auth: randomBytes(16).toString('base64url') },
	};
	await page.addInitScript((subscription) => {
		const made = () => ({
			endpoint: subscription.endpoint,
			toJSON: () => subscription,
			unsubscribe: () => {
				localStorage.removeItem('e2e_subscribed');
				return Promise.resolve(true);
			},
		});
		PushManager.prototype.subscribe = (options) => {
			if (!options?.applicationServerKey) return Promise.reject(new Error('no key'));
			localStorage.setItem('e2e_subscribed', '1');
			return Promise.resolve(made() as unknown as PushSubscription);
		};
		PushManager.prototype.getSubscription = () =>
			Promise.resolve(localStorage.getItem('e2e_subscribed') ? (made() as unknown as PushSubscription) : null);
	}, fake);
}

/** Delivers what a push service would, decrypted by the browser. */
async function deliver(page: Page, site: Site, message: Record<string, string>) {
	const devtools = await page.context().newCDPSession(page);
	const registration = new Promise<string>((resolve) => {
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const own = registrations.find((candidate) => candidate.scopeURL === `${site.origin}/` && !candidate.isDeleted);
			if (own) resolve(own.registrationId);
		});
	});
	await devtools.send('ServiceWorker.enable');
	await devtools.send('ServiceWorker.deliverPushMessage', {
		origin: site.origin,
		registrationId: await registration,
		data: JSON.stringify(message),
	});
}

test('what arrives while one looks changes its badge, and its place in the list', async ({
	home: page,
	site,
	context,
}) => {
	await context.grantPermissions(['notifications'], { origin: site.origin });
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	await site.request(item);
	await page.goto('/');
	await expect(card(page, item.title).getByText('Requested')).toBeVisible();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	const list = await context.newPage();
	await list.goto('/requests');
	const row = list.getByRole('link', { name: item.title, exact: true });
	await expect(row).toBeVisible();
	let loads = 0;
	for (const open of [page, list]) open.on('load', () => loads++);

	expect(await site.plexAdds(item)).toMatchObject({ matched_request: true });
	await deliver(page, site, { title: 'Film available', tag: `fulfilled-movie-${item.id}` });
	await expect(card(page, item.title).getByText('In library')).toBeVisible();
	await expect(row).toHaveCount(0);
	await list.getByRole('radio', { name: /^Added/ }).check({ force: true });
	await expect(row).toBeVisible();
	expect(loads).toBe(0);
	await site.remove(item);
});

test('a device subscribes, is shown what arrived, and a click leads to the title', async ({
	home: page,
	site,
	context,
}) => {
	const config = await site.json<{ push: boolean; image_base: string }>('/config.json');
	test.skip(!config.push, 'this site has no push key');
	// The stand-in beside the sandbox records what the API pushes; it has no part in what is shown here.
	const standin = new URL(config.image_base).origin;
	await context.grantPermissions(['notifications'], { origin: site.origin });
	await stubSubscription(page, `${standin}/push/e2e-${Date.now()}`);
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	await site.request(item);

	await page.goto('/settings');
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.getByRole('button', { name: 'Turn notifications on' }).click();
	await expect(page.getByRole('button', { name: 'Turn notifications off' })).toBeVisible();
	expect(await site.json('/api/push/status')).toEqual({ subscribed: true });

	expect(await site.plexAdds(item)).toMatchObject({ matched_request: true, notification_sent: true });

	await deliver(page, site, {
		title: 'Film available',
		body: `“${item.title}” is in the library now.`,
		tag: `fulfilled-movie-${item.id}`,
	});
	const shown = () =>
		page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
		});
	await expect.poll(shown).toEqual([
		{
			title: 'Film available',
			body: `“${item.title}” is in the library now.`,
			tag: `fulfilled-movie-${item.id}`,
		},
	]);

	const worker = context.serviceWorkers()[0];
	if (!worker) throw new Error('no service worker');
	await worker.evaluate(async () => {
		// A worker's global scope, which the types of a page do not know.
		const scope = globalThis as unknown as EventTarget & {
			registration: ServiceWorkerRegistration;
			NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
		};
		const [notification] = await scope.registration.getNotifications();
		if (notification) scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
	});
	await page.waitForURL(`**/title/movie/${item.id}`);
	await expect(page.getByRole('heading', { level: 1, name: item.title })).toBeVisible();
	await expect(page.getByText('In library')).toBeVisible();
	await expect.poll(shown).toEqual([]);

	await page.goto('/settings');
	await page.getByRole('button', { name: 'Turn notifications off' }).click();
	await expect(page.getByRole('button', { name: 'Turn notifications on' })).toBeVisible();
	expect(await site.json('/api/push/status')).toEqual({ subscribed: false });
	await site.remove(item);
});
