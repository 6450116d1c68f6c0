import { expect, test } from './support/test.ts';

test('deep links are answered with the app', async ({ home: page }) => {
	for (const [path, heading] of [
		['/requests', 'Requests'],
		['/settings', 'Settings'],
	] as const) {
		const response = await page.goto(path);
		expect(response?.status()).toBe(200);
		await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
	}
});

test('an unknown page is said to be one', async ({ home: page }) => {
	await page.goto('/no/such/page');
	await expect(page.getByRole('heading', { level: 2, name: 'There is no such page' })).toBeVisible();
});

test('an unknown address of the API stays JSON', async ({ site }) => {
	const response = await site.call('/api/no-such-thing');
	expect(response.status).toBe(404);
	expect(response.headers.get('content-type')).toContain('application/json');
	expect(await response.json()).toHaveProperty('detail');
});

test('a missing trending file is no page', async ({ site }) => {
	const response = await site.call('/trending-all-xx.json');
	expect([403, 404]).toContain(response.status);
});

test.describe('the policy', () => {
	test.use({ expectedErrors: [/Content Security Policy/] });

	test('the page carries a policy that lets only its own scripts run', async ({ site, page }) => {
		const response = await site.call('/');
		const header = response.headers.get('content-security-policy') ?? '';
		expect(header).toContain("frame-ancestors 'none'");
		expect(header).toContain("object-src 'none'");
		const html = await response.text();
		expect(html).toMatch(/<meta http-equiv="content-security-policy" content="[^"]*script-src 'self' 'sha256-/);
		expect(html).not.toMatch(/script-src[^;"]*'unsafe-/);
		await page.goto('/');
		const ran = await page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.injected = true';
			document.head.append(script);
			return 'injected' in window;
		});
		expect(ran).toBe(false);
	});
});
