import { request as http } from 'node:http';
import { password } from './support/site.ts';
import { expect, test } from './support/test.ts';

test('signing in with name and password, and out again', async ({ page }) => {
	await page.goto('/');
	await page.getByLabel('Your name').fill('Ada Lovelace');
	await page.getByLabel('Password').fill(password());
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Discover' })).toBeVisible();
	await page.goto('/settings');
	await expect(page.getByText('You are signed in as Ada Lovelace.')).toBeVisible();
	await page.getByRole('button', { name: 'Sign out', exact: true }).click();
	await expect(page.getByLabel('Password')).toBeVisible();
	expect(
		await page.evaluate(() => [localStorage.getItem('auth_session'), localStorage.getItem('library_status')]),
	).toEqual([null, null]);
});

test('a deep link leads through the sign-in page to its own page', async ({ page }) => {
	await page.goto('/requests');
	await page.getByLabel('Your name').fill('Grace');
	await page.getByLabel('Password').fill(password());
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
	expect(new URL(page.url()).pathname).toBe('/requests');
});

test.describe('with wrong passwords', () => {
	test.use({ expectedErrors: [/status of (401|429)/] });

	test('a wrong password is told, then too many of them are, kindly', async ({ page, baseURL }) => {
		// From an address of its own, so that nobody else is locked out.
		const local = `127.${number()}.${number()}.${number()}`;
		await page.route('**/api/auth/verify', async (route) => {
			const answer = await post(new URL(route.request().url()), route.request().postData() ?? '', local);
			await route.fulfill(answer);
		});
		test.skip(
			!/^(localhost|127\.)/.test(new URL(baseURL ?? '').hostname),
			'only a local site can be asked from many addresses',
		);
		await page.goto('/');
		await page.getByLabel('Your name').fill('Mallory');
		const told = page.getByRole('alert').filter({ hasText: /\S/ });
		for (let attempt = 1; ; attempt++) {
			await page.getByLabel('Password').fill(`wrong ${attempt}`);
			await page.getByRole('button', { name: 'Sign in' }).click();
			await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
			await expect(told).toBeVisible();
			if (!/not right/.test((await told.textContent()) ?? '')) break;
			expect(attempt, 'the limit never came').toBeLessThan(12);
		}
		await expect(told).toHaveText(/Too many wrong tries\. Wait \d+ minutes, then try again\./);
		await expect(page.getByLabel('Password')).toBeFocused();
		// Even the right one has to wait now.
		await page.getByLabel('Password').fill(password());
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(told).toHaveText(/Too many/);
	});
});

test.describe('with a session that the server no longer accepts', () => {
	test.use({ expectedErrors: [/status of 401/] });

	test('the first call signs out and says why', async ({ page }) => {
		await page.addInitScript(() =>
			localStorage.setItem(
				'auth_session',
				JSON.stringify({ authenticated: true, timestamp: Date.now(), token: '1700000000.Sm9obg.forged', name: 'John' }),
			),
		);
		await page.goto('/requests');
		await expect(page.getByText('Your session has ended. Please sign in again.')).toBeVisible();
	});
});

function number(): number {
	return 1 + Math.floor(Math.random() * 253);
}

/** Posts from another address of the loopback network. */
function post(url: URL, body: string, localAddress: string) {
	return new Promise<{ status: number; headers: Record<string, string>; body: string }>((resolve, reject) => {
		const call = http(
			{
				host: '127.0.0.1',
				port: url.port,
				path: url.pathname,
				method: 'POST',
				localAddress,
				headers: { host: url.host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
			},
			(response) => {
				const parts: Buffer[] = [];
				response.on('data', (part: Buffer) => parts.push(part));
				response.on('end', () =>
					resolve({
						status: response.statusCode ?? 0,
						headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
						body: Buffer.concat(parts).toString(),
					}),
				);
			},
		);
		call.on('error', reject);
		call.end(body);
	});
}
