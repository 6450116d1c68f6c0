import { expect, test } from './support/test.ts';

test('the language changes at once, for texts, titles and the document', async ({ home: page, site }) => {
	await page.goto('/settings');
	await page.getByLabel('Language').selectOption('de');
	await expect(page.getByRole('heading', { level: 1, name: 'Einstellungen' })).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'de');
	const [item] = await site.trending('all', 'de');
	await page.goto('/');
	await expect(page.getByRole('heading', { level: 2, name: 'Diese Woche beliebt' })).toBeVisible();
	await expect(
		page.getByRole('list', { name: 'Diese Woche beliebt' }).getByRole('link', { name: item?.title ?? '', exact: true }),
	).toBeVisible();
});

test('the theme changes at once and stays', async ({ home: page }) => {
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.goto('/settings');
	const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	const dark = await background();
	const bars = () =>
		page.evaluate(() =>
			[...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')].map((meta) => meta.content),
		);
	expect(await bars()).toEqual(['#101014', '#f7f7fa']);
	await page.getByRole('radio', { name: 'Light' }).check({ force: true });
	await expect.poll(background).not.toBe(dark);
	const light = await background();
	await page.reload();
	expect(await background()).toBe(light);
	expect(await bars()).toEqual(['#f7f7fa', '#f7f7fa']);
	await page.getByRole('radio', { name: 'As the device' }).check({ force: true });
	await expect.poll(bars).toEqual(['#101014', '#f7f7fa']);
});

test('the place of the addresses is as large as they are', async ({ home: page }) => {
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/api/feeds', async (route) => {
		await released;
		await route.continue();
	});
	await page.goto('/settings');
	const account = page.getByRole('heading', { name: 'Account' });
	await expect(page.locator('.skeleton').first()).toBeVisible();
	const before = (await account.boundingBox())?.y ?? NaN;
	release();
	await expect(page.getByRole('textbox', { name: 'Address for Radarr' })).toBeVisible();
	expect(Math.abs(((await account.boundingBox())?.y ?? NaN) - before)).toBeLessThanOrEqual(4);
});

test('addresses are ready to paste, with steps and a code', async ({ home: page, site }) => {
	const { feeds, plex_webhook_url } = await site.feeds();
	await page.goto('/settings');
	await expect(page.getByRole('textbox', { name: 'Address for Radarr' })).toHaveValue(feeds.radarr.url);
	await expect(page.getByRole('textbox', { name: 'Address for Sonarr' })).toHaveValue(feeds.sonarr.url);
	await expect(page.getByRole('textbox', { name: 'Address for Plex' })).toHaveValue(plex_webhook_url);
	expect(feeds.radarr.url).not.toContain('YOUR_FEED_TOKEN');
	await page.getByText('How to connect Radarr').click();
	await expect(page.getByText('Under “Advanced List”, choose “Custom Lists”.')).toBeVisible();
	await expect(page.getByRole('img', { name: 'QR code with the address for Radarr' })).toBeVisible();
});
