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
