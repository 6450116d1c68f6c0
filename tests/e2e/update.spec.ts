import type { Page } from '@playwright/test';
import { Relay } from './support/relay.ts';
import { expect, signInStored, test as base } from './support/test.ts';

const test = base.extend<{ relay: Relay }>({
	relay: async ({ baseURL }, use) => {
		const relay = await Relay.before(baseURL ?? '');
		await use(relay);
		await relay.close();
	},
});

/** The name of the service worker's release that is in charge of a page. */
function inCharge(page: Page): Promise<unknown> {
	return page.evaluate(
		() =>
			new Promise((resolve) => {
				const { port1, port2 } = new MessageChannel();
				port1.onmessage = (event) => resolve(event.data);
				const { controller } = navigator.serviceWorker;
				if (controller) controller.postMessage('which', [port2]);
				else resolve(undefined);
			}),
	);
}

/** Opens the app and waits until its service worker is in charge. */
async function open(page: Page, relay: Relay) {
	await page.goto(`${relay.origin}/requests`);
	await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, { timeout: 30_000 });
}

/** What the browser tells an app that comes back into view. */
const comeBack = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

/** Whether the page is still the one that this marked. */
const mark = (page: Page) => page.evaluate(() => void ((window as { marked?: boolean }).marked = true));
const isMarked = (page: Page) => page.evaluate(() => (window as { marked?: boolean }).marked === true);

const offer = (page: Page) => page.getByRole('status').getByText('A new version is ready.');

/**
 * Comes back into view until the version that waits is offered. Once is not enough for a test: a browser that is
 * still looking for a newer version does not look a second time, and what it found may be older than the release.
 */
const comeBackUntilOffered = (page: Page) =>
	expect(async () => {
		await comeBack(page);
		await expect(offer(page)).toBeVisible({ timeout: 5000 });
	}).toPass({ timeout: 30_000 });

test('an open app offers the version that was deployed meanwhile, and changes to it when told', async ({
	page,
	site,
	relay,
}) => {
	await signInStored(page, site);
	await open(page, relay);
	expect(await inCharge(page)).toBe('first');
	await comeBack(page);
	await expect(offer(page)).toHaveCount(0);

	relay.release('second');
	await comeBackUntilOffered(page);
	// Nobody is interrupted: until they say so, the version stays that they began with.
	await page.waitForTimeout(6000);
	await expect(offer(page)).toBeVisible();
	expect(await inCharge(page)).toBe('first');

	await mark(page);
	await page.getByRole('button', { name: 'Reload' }).click();
	await expect.poll(() => isMarked(page).catch(() => true)).toBe(false);
	await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
	expect(await inCharge(page)).toBe('second');
	await expect(offer(page)).toHaveCount(0);
});

test('a version that was fetched earlier is offered when the app is opened, in every tab', async ({
	page,
	site,
	relay,
	context,
}) => {
	await signInStored(page, site);
	await open(page, relay);
	relay.release('second');
	await comeBackUntilOffered(page);
	await page.getByRole('button', { name: 'Dismiss' }).click();
	await expect(offer(page)).toHaveCount(0);

	await page.reload();
	await expect(offer(page)).toBeVisible();
	expect(await inCharge(page)).toBe('first');

	const other = await context.newPage();
	await other.goto(`${relay.origin}/settings`);
	await expect(offer(other)).toBeVisible();
	await mark(other);
	await other.getByRole('button', { name: 'Reload' }).click();
	await expect.poll(() => isMarked(other).catch(() => true)).toBe(false);
	expect(await inCharge(other)).toBe('second');

	// The first tab is not reloaded under somebody's hands, but its button still does what it says.
	await expect(offer(page)).toBeVisible();
	await mark(page);
	await page.getByRole('button', { name: 'Reload' }).click();
	await expect.poll(() => isMarked(page).catch(() => true)).toBe(false);
	await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
	await expect(offer(page)).toHaveCount(0);
});
