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

test('a place that is chosen is marked before its page has come', async ({ home: page }) => {
	await page.goto('/');
	const settings = page.getByRole('navigation').getByRole('link', { name: 'Settings' });
	await expect(settings).toBeVisible();
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/_app/immutable/nodes/*.js', async (route) => {
		await released;
		await route.continue();
	});
	await settings.click();
	await expect(settings).toHaveClass(/current/);
	await expect(settings).not.toHaveAttribute('aria-current', 'page');
	release();
	await expect(page).toHaveURL(/\/settings$/);
	await expect(settings).toHaveAttribute('aria-current', 'page');
	await expect(page.getByRole('navigation').locator('.current')).toHaveCount(1);
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
		expect(html).not.toMatch(/(script|style)-src[^;"-]*'unsafe-/);
		expect(html).toMatch(/content="default-src 'none';/);
		for (const directive of ["style-src 'self'", "frame-src 'none'"]) expect(html).toContain(directive);
		expect(header, 'two policies intersect: here it would forbid the scripts').not.toContain('default-src');
		await page.goto('/');
		const ran = await page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.injected = true';
			document.head.append(script);
			return 'injected' in window;
		});
		expect(ran).toBe(false);
	});

	test('the page shows no style and no frame that is not its own', async ({ page }) => {
		await page.goto('/');
		const refused = await page.evaluate(async () => {
			const directives: string[] = [];
			addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective));
			const style = document.createElement('style');
			style.textContent = 'body { opacity: 0 }';
			const frame = document.createElement('iframe');
			frame.src = 'https://example.org/';
			document.body.append(style, frame);
			await new Promise((resolve) => setTimeout(resolve, 200));
			return directives.sort();
		});
		expect(refused).toEqual(['frame-src', 'style-src-elem']);
	});
});
