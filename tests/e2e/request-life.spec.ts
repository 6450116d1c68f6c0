import { card, expect, test } from './support/test.ts';

test('a film is requested, listed for Radarr, added by Plex, and shown as such', async ({ home: page, site }) => {
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	await page.goto('/');
	const button = card(page, item.title).getByRole('button', { name: `Request ${item.title}` });
	await button.first().click();
	await expect(card(page, item.title).getByText('Requested')).toBeVisible();
	await expect(page.getByRole('status').getByText(`${item.title} is requested.`)).toBeVisible();

	// The feed that Radarr reads; CloudFront may keep an earlier answer, so the address differs.
	const { feeds } = await site.feeds();
	const { pathname, search } = new URL(feeds.radarr.url);
	await expect
		.poll(async () => {
			const separator = search ? '&' : '?';
			const response = await fetch(`${site.origin}${pathname}${search}${separator}fresh=${Math.random()}`);
			expect(response.headers.get('content-type')).toContain('application/json');
			return ((await response.json()) as { id: number }[]).map((entry) => entry.id);
		})
		.toContain(item.id);

	await page.goto('/requests');
	const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: item.title, exact: true }) });
	await expect(row.getByText('Pending')).toBeVisible();
	await expect(row.getByText(`Asked for by ${site.name}`)).toBeVisible();

	expect(await site.plexAdds(item)).toMatchObject({ status: 'success', matched_request: true });
	await page.reload();
	await page.getByRole('radio', { name: /^Added/ }).check({ force: true });
	await expect(row.getByText('Added', { exact: true })).toBeVisible();

	await page.goto('/');
	await expect(card(page, item.title).getByText('In library')).toBeVisible();
	await expect(card(page, item.title).getByRole('button')).toHaveCount(0);
	await site.remove(item);
});

test('a removal can be undone, and otherwise reaches the server', async ({ home: page, site }) => {
	const [item] = await site.free('tv');
	if (!item) throw new Error('no free series');
	await site.request(item);
	await page.goto('/requests');
	const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: item.title, exact: true }) });
	const pending = async () =>
		(await site.json<{ requests: { tmdb_id: number }[] }>('/api/requests')).requests.some(
			(request) => request.tmdb_id === item.id,
		);

	await row.getByRole('button', { name: `Remove the request for ${item.title}` }).click();
	await expect(row).toHaveCount(0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(row).toBeVisible();
	expect(await pending()).toBe(true);

	await row.getByRole('button', { name: `Remove the request for ${item.title}` }).click();
	await page.getByRole('button', { name: 'Dismiss' }).click();
	await expect.poll(pending).toBe(false);
	await expect(row).toHaveCount(0);
});

test('by keys alone a title is requested, removed, and brought back', async ({ home: page, site }) => {
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	const requests = async () =>
		(await site.json<{ requests: { tmdb_id: number }[] }>('/api/requests')).requests.map((request) => request.tmdb_id);
	/** Walks with the Tab key until something has the focus. */
	const walkTo = async (target: import('@playwright/test').Locator) => {
		for (let step = 0; step < 150; step++) {
			await page.keyboard.press('Tab');
			if (await target.evaluate((element) => element === document.activeElement)) return;
		}
		throw new Error('the keyboard does not get there');
	};
	await page.goto('/');
	const own = card(page, item.title);
	await expect(own).toBeVisible();
	await walkTo(own.getByRole('button', { name: `Request ${item.title}` }));
	await page.keyboard.press('Enter');
	await expect(own.getByText('Requested')).toBeVisible();
	await expect(own.getByRole('link')).toBeFocused();
	await expect.poll(requests).toContain(item.id);

	// In the sheet the button stays the same, and the message is within reach.
	await page.keyboard.press('Enter');
	const sheet = page.getByRole('dialog');
	const remove = sheet.getByRole('button', { name: 'Remove request' });
	await expect(remove).toBeVisible();
	await walkTo(remove);
	await page.keyboard.press('Enter');
	await expect(sheet.getByRole('button', { name: 'Request', exact: true })).toBeFocused();
	await walkTo(sheet.getByRole('button', { name: 'Undo' }));
	await page.keyboard.press('Enter');
	await expect(remove).toBeVisible();
	await expect(sheet).toBeVisible();
	await expect(sheet.getByRole('button', { name: 'Remove request' })).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(sheet).toHaveCount(0);

	await page.goto('/requests');
	const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: item.title, exact: true }) });
	await expect(row).toBeVisible();
	await walkTo(row.getByRole('button'));
	await page.keyboard.press('Enter');
	await expect(row).toHaveCount(0);
	expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
	await page.keyboard.press('Control+z');
	await expect(row).toBeVisible();
	expect(await requests()).toContain(item.id);
	await site.remove(item);
});

test('a touch on a message leaves the sheet open', async ({ home: page, site }) => {
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	await page.goto('/');
	await card(page, item.title).getByRole('link').click();
	const sheet = page.getByRole('dialog');
	await sheet.getByRole('button', { name: 'Request' }).click();
	await page.getByText(`${item.title} is requested.`).click();
	await page.getByRole('button', { name: 'Dismiss' }).click();
	await expect(page.getByText(`${item.title} is requested.`)).toHaveCount(0);
	await expect(sheet).toBeVisible();
	await site.remove(item);
});

test('signing out right after a removal still removes', async ({ home: page, site }) => {
	const [item] = await site.free('tv');
	if (!item) throw new Error('no free series');
	await site.request(item);
	await page.goto('/requests');
	await page.getByRole('button', { name: `Remove the request for ${item.title}` }).click();
	await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
	await page.getByRole('button', { name: 'Sign out', exact: true }).click();
	await expect(page.getByLabel('Password')).toBeVisible();
	await expect
		.poll(async () =>
			(await site.json<{ requests: { tmdb_id: number }[] }>('/api/requests')).requests.map((r) => r.tmdb_id),
		)
		.not.toContain(item.id);
});

test('what was fulfilled and is no longer there shows as added, and can be removed', async ({ home: page, site }) => {
	const [item] = await site.free('movie');
	if (!item) throw new Error('no free film');
	const request = {
		media_type: 'movie',
		tmdb_id: item.id,
		title: item.title,
		created_at: '2026-01-01T00:00:00+00:00',
		added_at: '2026-01-02T00:00:00+00:00',
	};
	await page.route('**/api/requests', (route) => route.fulfill({ json: { requests: [request] } }));
	await page.goto('/requests');
	await page.getByRole('radio', { name: /^Added/ }).check({ force: true });
	await expect(page.getByRole('link', { name: item.title, exact: true })).toBeVisible();
	await page.getByRole('navigation').getByRole('link', { name: 'Discover' }).click();
	await expect(card(page, item.title).getByText('Added')).toBeVisible();
	await expect(card(page, item.title).getByRole('button')).toHaveCount(0);
	await card(page, item.title).getByRole('link').click();
	const sheet = page.getByRole('dialog');
	await sheet.getByRole('button', { name: 'Remove request' }).click();
	await expect(sheet.getByRole('button', { name: 'Request', exact: true })).toBeVisible();
	await page.keyboard.press('Control+z');
	await expect(sheet.getByText('Added')).toBeVisible();
});

test.describe('to a page that has no icon', () => {
	// Chromium asks for the site's favicon.ico there, which is not one of its files.
	test.use({ expectedErrors: [/status of 40[34]/] });

	test('leaving the page right after a removal still removes', async ({ home: page, site }) => {
		const [item] = await site.free('tv');
		if (!item) throw new Error('no free series');
		await site.request(item);
		await page.goto('/requests');
		await page.getByRole('button', { name: `Remove the request for ${item.title}` }).click();
		await page.goto('/config.json');
		await expect
			.poll(async () =>
				(await site.json<{ requests: { tmdb_id: number }[] }>('/api/requests')).requests.map((r) => r.tmdb_id),
			)
			.not.toContain(item.id);
	});
});

test.describe('when the server fails', () => {
	test.use({ expectedErrors: [/status of 503/] });

	test('a request is taken back with a message', async ({ home: page, site }) => {
		const [item] = await site.free('movie');
		if (!item) throw new Error('no free film');
		await page.route('**/api/request', (route) => route.fulfill({ status: 503, json: { detail: 'x' } }));
		await page.goto('/');
		await card(page, item.title).getByRole('button').click();
		await expect(page.getByRole('alert').getByText(`${item.title} could not be requested.`)).toBeVisible();
		await expect(card(page, item.title).getByRole('button', { name: `Request ${item.title}` })).toBeVisible();
		await expect(card(page, item.title).getByText('Requested')).toHaveCount(0);
	});
});
