import { card, expect, test } from './support/test.ts';

test('trending titles show, and the filter chooses films or series', async ({ home: page, site }) => {
	const all = await site.trending('all');
	await page.goto('/');
	const trending = page.getByRole('list', { name: 'Trending this week' });
	await expect(trending.getByRole('listitem')).toHaveCount(all.length);
	await page.getByRole('radio', { name: 'Series' }).check({ force: true });
	const series = await site.trending('tv');
	await expect(trending.getByRole('listitem')).toHaveCount(series.length);
	await expect(trending.getByText(/^Film/)).toHaveCount(0);
});

test('posters load, and keep their place while they do', async ({ home: page }) => {
	await page.goto('/');
	const poster = page.locator('article img').first();
	await expect(poster).toBeVisible();
	await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
	expect(await poster.getAttribute('srcset')).toContain('/w185/');
	const box = await poster.boundingBox();
	expect((box?.height ?? 0) / (box?.width ?? 1)).toBeCloseTo(1.5, 1);
});

test('a title opens in a sheet that traps the focus, closes by Escape and gives the focus back', async ({
	home: page,
	site,
}) => {
	const [item] = await site.trending('all');
	if (!item) throw new Error('nothing is trending');
	await page.goto('/');
	const link = page
		.getByRole('list', { name: 'Trending this week' })
		.getByRole('link', { name: item.title, exact: true });
	await link.focus();
	await page.keyboard.press('Enter');
	const sheet = page.getByRole('dialog');
	await expect(sheet.getByRole('heading', { name: item.title })).toBeVisible();
	expect(new URL(page.url()).pathname).toBe(`/title/${item.media_type}/${item.id}`);
	await expect(sheet.getByRole('link', { name: 'TMDB' })).toHaveAttribute(
		'href',
		`https://www.themoviedb.org/${item.media_type}/${item.id}`,
	);
	for (let step = 0; step < 8; step++) {
		await page.keyboard.press('Tab');
		expect(await sheet.evaluate((element) => element.contains(document.activeElement))).toBe(true);
	}
	await page.keyboard.press('Escape');
	await expect(sheet).toHaveCount(0);
	expect(new URL(page.url()).pathname).toBe('/');
	await expect(link).toBeFocused();
});

test('back closes the sheet', async ({ home: page, site }) => {
	const [item] = await site.trending('all');
	await page.goto('/');
	await card(page, item?.title ?? '')
		.getByRole('link')
		.click();
	await expect(page.getByRole('dialog')).toBeVisible();
	await page.goBack();
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(page.getByRole('heading', { level: 1, name: 'Discover' })).toBeVisible();
});

test('a title has a page of its own for whoever is sent its address', async ({ home: page, site }) => {
	const [item] = await site.trending('all');
	if (!item) throw new Error('nothing is trending');
	await page.goto(`/title/${item.media_type}/${item.id}`);
	await expect(page.getByRole('heading', { level: 1, name: item.title })).toBeVisible();
});

test.describe('with an address that nobody knows', () => {
	test.use({ expectedErrors: [/status of 404/] });

	test('a title that does not exist is said to be none', async ({ home: page }) => {
		await page.goto('/title/movie/99999999');
		await expect(page.getByRole('heading', { level: 2, name: 'This title is not known here' })).toBeVisible();
	});
});

test('a title that only a search knows is whole in its sheet, and after a reload', async ({ home: page, site }) => {
	const item = await site.unheardOf();
	await page.goto(`/?q=${encodeURIComponent(item.title)}`);
	await card(page, item.title).getByRole('link').click();
	const sheet = page.getByRole('dialog');
	await expect(sheet.getByRole('heading', { name: item.title })).toBeVisible();
	for (const place of [sheet, page.getByRole('main')]) {
		await expect(place.getByText(/^\d+ seasons?$/)).toBeVisible();
		await expect(place.getByRole('list', { name: 'Links' }).getByRole('link')).toHaveText(['TMDB', 'IMDb', 'TheTVDB']);
		if (place !== sheet) break;
		await page.reload();
		await expect(page.getByRole('heading', { level: 1, name: item.title })).toBeVisible();
	}
});

test('what a list does not say is filled in without moving anything', async ({ home: page, site }) => {
	const item = (await site.trending('tv'))[0];
	if (!item) throw new Error('no series is trending');
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/api/title/**', async (route) => {
		await released;
		await route.continue();
	});
	await page.goto('/');
	await page
		.getByRole('list', { name: 'Trending this week' })
		.getByRole('link', { name: item.title, exact: true })
		.click();
	const sheet = page.getByRole('dialog');
	await expect(sheet.getByRole('heading', { name: item.title })).toBeVisible();
	const places = async () => {
		await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
		const named = [
			sheet,
			sheet.getByRole('heading'),
			sheet.locator('.overview'),
			sheet.getByRole('button', { name: 'Request' }),
		];
		return Promise.all(named.map((place) => place.boundingBox()));
	};
	await expect(sheet.getByRole('link', { name: 'TMDB' })).toBeVisible();
	await expect(sheet.getByRole('link', { name: 'TheTVDB' })).toHaveCount(0);
	const before = await places();
	release();
	await expect(sheet.getByRole('link', { name: 'TheTVDB' })).toBeVisible();
	expect(await places()).toEqual(before);
});

test('who goes elsewhere while typing is not fetched back', async ({ home: page }) => {
	await page.goto('/');
	await page.getByRole('searchbox').fill('moon');
	await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
	await page.waitForTimeout(600);
	expect(new URL(page.url()).pathname).toBe('/settings');
	await expect(page.getByRole('searchbox')).toHaveValue('');
});

test('search is reached by a slash, follows typing, and reads all pages', async ({ home: page, site }) => {
	const query = 'the';
	const first = await site.json<{ total_pages: number; results: unknown[] }>('/api/search', {
		method: 'POST',
		body: JSON.stringify({ query, page: 1, language: 'en' }),
	});
	let expected = first.results.length;
	for (let number = 2; number <= first.total_pages; number++) {
		const next = await site.json<{ results: unknown[] }>('/api/search', {
			method: 'POST',
			body: JSON.stringify({ query, page: number, language: 'en' }),
		});
		expected += next.results.length;
	}
	const searches: string[] = [];
	page.on('request', (request) => request.url().endsWith('/api/search') && searches.push(request.postData() ?? ''));
	await page.goto('/');
	await expect(page.getByRole('heading', { level: 1, name: 'Discover' })).toBeVisible();
	await page.keyboard.press('/');
	await expect(page.getByRole('searchbox')).toBeFocused();
	await page.keyboard.type(query, { delay: 20 });
	const results = page.getByRole('list', { name: `Results for “${query}”` });
	await expect(results.getByRole('listitem').first()).toBeVisible();
	// One search for the word, none for its beginnings.
	expect(searches.map((body) => (JSON.parse(body) as { query: string }).query)).toEqual(searches.map(() => query));
	await expect
		.poll(async () => {
			await page.mouse.wheel(0, 3000);
			return results.getByRole('listitem').count();
		})
		.toBe(expected);
	expect(new URL(page.url()).searchParams.get('q')).toBe(query);
	await page.goBack();
	await expect(page.getByRole('heading', { level: 1, name: 'Discover' })).toBeVisible();
	await expect(page.getByRole('searchbox')).toHaveValue('');
});

test('a search without results says so', async ({ home: page }) => {
	await page.goto('/?q=zzzzqqqqxxxx');
	await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
});
