import { render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import ErrorPage from '../src/routes/+error.svelte';
import { load } from '../src/routes/+layout.ts';
import FullLoad from '#lib/components/FullLoad.svelte';
import { i18n } from '#lib/i18n/i18n.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';

vi.mock('$app/state', () => ({ page: { status: 500 } }));

test('a start that failed is tried again by the next page, and what has begun begins once', async () => {
	vi.stubGlobal('fetch', async () => Response.json({}));
	const begin = vi.spyOn(session, 'start');
	const start = vi.spyOn(i18n, 'start').mockRejectedValueOnce(new Error('the texts did not come'));
	await expect(load()).rejects.toThrow('the texts did not come');
	await load();
	await load();
	expect(start).toHaveBeenCalledTimes(2);
	expect(begin).toHaveBeenCalledOnce();
});

test('without its texts the error page speaks English', async () => {
	const { messages } = i18n;
	i18n.messages = undefined;
	render(ErrorPage);
	expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Something went wrong. Please try again.');
	expect(screen.getByRole('link').textContent).toBe('Discover');
	i18n.messages = messages;
});

test('a part of the app that does not come is fetched with the whole page, once', async () => {
	const reload = vi.fn();
	vi.stubGlobal('location', { reload });
	sessionStorage.clear();
	const first = render(FullLoad);
	await waitFor(() => expect(reload).toHaveBeenCalledOnce());
	first.unmount();
	render(FullLoad);
	expect((await screen.findByRole('alert')).textContent).toContain('Something went wrong.');
	expect(reload).toHaveBeenCalledOnce();
});
