import type { Page } from '@playwright/test';
import { password, Site } from './support/site.ts';
import { expect, signInStored, test } from './support/test.ts';

const stored = (page: Page) =>
	page.evaluate(() => ['auth_session', 'library_status'].map((key) => localStorage.getItem(key)));

const statusOf = async (site: Site) => (await site.call('/api/requests')).status;

test.describe('with two people signed in', () => {
	// The session that ends hears of it by a 401.
	test.use({ expectedErrors: [/status of 401/] });

	test('one signs everybody out, and goes on alone', async ({ page, site, browser, baseURL }) => {
		// It can be done once a minute, and other processes that serve the site hear of it within one.
		test.setTimeout(240_000);
		const other = await Site.signIn(site.origin, 'Bea');
		await signInStored(page, other);
		await page.goto('/requests');
		await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
		expect((await stored(page))[0]).toContain(other.token);

		const context = await browser.newContext({ ...test.info().project.use, baseURL: baseURL ?? '' });
		const own = await context.newPage();
		try {
			await signInStored(own, site);
			await own.goto('/settings');
			await expect(own.getByText(`You are signed in as ${site.name}.`)).toBeVisible();
			await expect(async () => {
				await own.getByRole('button', { name: 'Sign out everywhere' }).click();
				await own.getByRole('button', { name: 'Yes, end all sessions' }).click();
				await expect(own.getByText('All other sessions have ended.')).toBeVisible();
			}).toPass({ timeout: 90_000, intervals: [5000] });

			// The next call that reaches a process which has heard of it ends the other session.
			await expect(async () => {
				await page.reload();
				await expect(page.getByText('Your session has ended. Please sign in again.')).toBeVisible({ timeout: 4000 });
			}).toPass({ timeout: 75_000 });
			expect(await stored(page)).toEqual([null, null]);
			await expect.poll(() => statusOf(other), { timeout: 75_000 }).toBe(401);

			// Whoever did it goes on with a new session; the one from before has ended as well.
			expect((await stored(own))[0]).not.toContain(site.token);
			await expect.poll(() => statusOf(site), { timeout: 75_000 }).toBe(401);
			await own.goto('/requests');
			await expect(own.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
			await expect(own.getByLabel('Password')).toHaveCount(0);

			await page.getByLabel('Your name').fill('Bea');
			await page.getByLabel('Password').fill(password());
			await page.getByRole('button', { name: 'Sign in' }).click();
			await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
			await page.reload();
			await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
			expect((await stored(page))[0]).not.toContain(other.token);
		} finally {
			await context.close();
			// For the tests that follow.
			await site.renew();
		}
	});
});
