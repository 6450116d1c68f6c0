import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, signInStored, test } from './support/test.ts';

/** Pictures of every page for people to look at; outside the repository. */
const folder = process.env.STELLARR_E2E_SCREENSHOTS ?? join(tmpdir(), 'stellarr-screenshots');

for (const theme of ['light', 'dark'] as const) {
	test.describe(theme, () => {
		test.use({ colorScheme: theme, contextOptions: { reducedMotion: 'reduce' } });

		test('pictures of every page', async ({ page, site }, { project }) => {
			mkdirSync(folder, { recursive: true });
			const picture = (name: string) => page.screenshot({ path: join(folder, `${name}-${project.name}-${theme}.png`) });
			await page.goto('/');
			await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
			await picture('sign-in');
			await signInStored(page, site);
			// Some that wait. What has come can't be taken back, and there are not many.
			const items = [...(await site.free('movie')).slice(0, 3), ...(await site.free('tv')).slice(0, 2)];
			for (const item of items) await site.request(item);
			for (const [name, path] of [
				['discover', '/'],
				['search', '/?q=the'],
				['requests', '/requests'],
				['settings', '/settings'],
			] as const) {
				await page.goto(path);
				await expect(page.locator('h1')).toBeVisible();
				await page.waitForLoadState('networkidle');
				await picture(name);
			}
			await page.goto('/');
			await page.locator('article').getByRole('link').first().click();
			await expect(page.getByRole('dialog')).toBeVisible();
			await page.waitForLoadState('networkidle');
			await picture('sheet');
			for (const item of items) await site.remove(item);
		});
	});
}
