import { card, expect, test } from './support/test.ts';

test.describe('without a network', () => {
	test.use({ expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch/] });

	test('what was seen last can be browsed, badges included', async ({ home: page, site, context }) => {
		const [item] = await site.free('tv');
		if (!item) throw new Error('no free series');
		await site.request(item);
		await page.goto('/');
		await expect(card(page, item.title).getByText('Requested')).toBeVisible();
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		// The worker takes charge of this page, and so sees the files of the next load.
		await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
		await page.reload();
		await expect(card(page, item.title).getByText('Requested')).toBeVisible();

		await context.setOffline(true);
		await page.reload();
		await expect(page.getByText('You are offline. What was loaded last is shown.')).toBeVisible();
		await expect(card(page, item.title).getByText('Requested')).toBeVisible();
		const poster = page.getByRole('list', { name: 'Trending this week' }).locator('img').first();
		await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
		const trending = page.getByRole('list', { name: 'Trending this week' });
		await page.getByRole('radio', { name: 'Films' }).check({ force: true });
		await expect(trending.getByText(/^Series/)).toHaveCount(0);
		await expect(trending.getByText(/^Film/).first()).toBeVisible();
		await page.goto('/settings');
		await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
		await page.goto('/requests');
		await expect(page.getByRole('link', { name: item.title, exact: true })).toBeVisible();

		await site.remove(item);
		await context.setOffline(false);
		// What happened meanwhile is asked for without a touch.
		await expect(page.getByRole('link', { name: item.title, exact: true })).toHaveCount(0);
	});
});

test('the app can be installed', async ({ page }) => {
	await page.goto('/');
	const manifest = await page.evaluate(async () => {
		const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]');
		return (await (await fetch(link?.href ?? '')).json()) as {
			icons: { src: string; sizes: string; purpose?: string }[];
			shortcuts: { url: string }[];
			display: string;
		};
	});
	expect(manifest.display).toBe('standalone');
	expect(manifest.icons.some((icon) => icon.purpose === 'maskable')).toBe(true);
	expect(manifest.shortcuts.map((shortcut) => shortcut.url)).toContain('/requests');
	for (const icon of manifest.icons) expect((await page.request.get(icon.src)).status(), icon.src).toBe(200);
	const viewport = await page.locator('meta[name=viewport]').getAttribute('content');
	expect(viewport).not.toMatch(/user-scalable|maximum-scale/);
});
